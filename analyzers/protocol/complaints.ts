/**
 * What the kernel complains of while it runs: ftrace_bug(), WARN, BUG, and what it prints.
 *
 * Example: `WARN_ON(1)` behind `pr_err("Branch out of range\n")` becomes a bug step with that message.
 */
import type { Context } from '../source/interpreter.ts';
import type { Value } from '../source/value.ts';
import type { Recorder } from './recorder.ts';
import { int, type Row, scalar } from './services.ts';

function complain(recorder: Recorder, what: 'WARN' | 'BUG', context: Context): void {
  const text = recorder.messages.at(-1) ?? '';
  recorder.add({ kind: 'bug', what, code: null, site: null, text, trail: context.trail() }, context.stack);
}

export function complaints(recorder: Recorder): Row[] {
  return [
    [
      'ftrace_bug',
      ([failed, record], context) => {
        const code = scalar(failed);
        const at = scalar(record);
        const ip = at === null || at === 0n ? null : context.memory.readInteger(at, recorder.world.bits / 8);
        const site =
          ip === null
            ? null
            : (recorder.world.sites.find(({ entry }) => ip >= entry - 8n && ip < entry + 64n)?.id ?? null);
        const text = recorder.messages.at(-1) ?? '';
        const step = {
          kind: 'bug',
          what: 'ftrace_bug',
          code: code === null ? null : Number(BigInt.asIntN(32, code)),
          site,
          text,
          trail: context.trail(),
        } as const;
        recorder.add(step, context.stack);
        return undefined;
      },
    ],
    [
      '__warned',
      (_args, context) => {
        complain(recorder, 'WARN', context);
        return undefined;
      },
    ],
    [
      '__bugged',
      (_args, context) => {
        complain(recorder, 'BUG', context);
        return context.stop('BUG()');
      },
    ],
    [
      '__logged',
      ([format, ...args], context) => {
        const text = format === undefined ? null : context.string(format);
        if (text !== null) recorder.say(formatMessage(text, args, context));
        return int(0);
      },
    ],
  ];
}

/** printk's format as far as messages about call sites use it; what is unknown prints as `?`. */
function formatMessage(format: string, args: readonly Value[], context: Pick<Context, 'string'>): string {
  let next = 0;
  const text = format.replace(
    /%(%|[-#0 +]*\d*(?:\.\d+)?(?:l{1,2}|h{1,2}|z)?[dixuscp][a-zA-Z]*)/g,
    (spec: string, body: string) => {
      if (body === '%') return '%';
      const value = args[next++];
      const bits = scalar(value);
      if (body.endsWith('s') && !body.includes('p')) return (value && context.string(value)) ?? '?';
      if (bits === null) return '?';
      if (body.includes('p')) return `0x${BigInt.asUintN(64, bits).toString(16)}`;
      const tail = /[a-zA-Z]*$/.exec(spec.replace(/^%[-#0 +]*\d*(?:\.\d+)?(?:l{1,2}|h{1,2}|z)?[dixuc]/, ''))?.[0] ?? '';
      if (/x/.test(body))
        return `${body.startsWith('#') ? '0x' : ''}${BigInt.asUintN(64, bits)
          .toString(16)
          .padStart(Number(/0(\d+)/.exec(body)?.[1] ?? 0), '0')}${tail}`;
      return `${bits}${tail}`;
    },
  );
  return text.trim();
}
