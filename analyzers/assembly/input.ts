/**
 * The statements that are left to run, as a stack: the file, in it the body of a macro, in that a repetition. The one idea:
 * what is pushed is run before what lies below goes on, and carries the places that led to it.
 *
 * Example: line 9 of a.S calls macro m, whose second statement stands in line 3: that one's origin is a.S:9, a.S:3.
 */
import type { Place } from '../source/place.ts';
import type { Statement } from './statement.ts';

export interface Running extends Statement {
  /** The place in the file, then those in the macros that led here, outermost first. */
  readonly origin: readonly Place[];
}

interface Frame {
  readonly statements: readonly Statement[];
  readonly callers: readonly Place[];
  /** Of a macro: what its end means for the conditionals opened in it. A repetition has none. */
  readonly leave: ((early: boolean) => void) | null;
  at: number;
  /** Turns still to come behind this one. */
  turns: number;
}

export class Input {
  readonly #frames: Frame[] = [];

  get depth(): number {
    return this.#frames.length;
  }

  push(frame: Pick<Frame, 'statements' | 'callers' | 'leave'>, turns = 1): void {
    if (turns > 0) this.#frames.push({ ...frame, at: 0, turns: turns - 1 });
  }

  /** `charge` pays for a statement; when it does not, nothing more comes. */
  next(charge: (statement: Running) => boolean): Running | null {
    for (;;) {
      const frame = this.#frames.at(-1);
      if (frame === undefined) return null;
      const statement = frame.statements[frame.at++];
      if (statement !== undefined) {
        const running = { ...statement, origin: [...frame.callers, statement.at] };
        return charge(running) ? running : null;
      }
      if (frame.turns > 0 && frame.statements.length > 0) {
        frame.turns--;
        frame.at = 0;
      } else {
        this.#frames.pop();
        frame.leave?.(false);
      }
    }
  }

  /** Everything up to the statement that `ends` what was just opened; null where the file ends before. */
  collect(opens: RegExp, ends: RegExp): Statement[] | null {
    const frame = this.#frames.at(-1);
    let depth = 1;
    for (let at = frame?.at ?? 0; frame !== undefined && at < frame.statements.length; at++) {
      const text = frame.statements[at]?.text ?? '';
      if (opens.test(text)) depth++;
      else if (ends.test(text) && --depth === 0) {
        const collected = frame.statements.slice(frame.at, at);
        frame.at = at + 1;
        return collected;
      }
    }
    if (frame !== undefined) frame.at = frame.statements.length;
    return null;
  }

  /** `.exitm`: leaves the macro; false outside of macros, and in a repetition, which GNU as leaves alone. */
  leaveMacro(): boolean {
    const { leave = null } = this.#frames.at(-1) ?? {};
    if (leave === null) return false;
    this.#frames.pop();
    leave(true);
    return true;
  }
}
