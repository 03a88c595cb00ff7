/**
 * What decides which statements run: conditionals, macros, repetitions. The one idea: a call does not recurse; it puts
 * statements in front of what is left of the input.
 *
 * Example: `.rept 2` / `nop` / `.endr` pushes the one statement with two turns.
 */
import type { Assembly } from './assembly.ts';
import { cursorOver, readExpression, skipSpace } from './expression.ts';
import { type AsMacro, readArguments, readList, readMacroHead, substitute } from './macro.ts';
import { type Statement, splitStatements } from './statement.ts';
import { constantOf } from './value.ts';

/** Runs a directive of these; false where it is none. Conditionals are run even in inactive text. */
export function runFlow(assembly: Assembly, name: string, operands: string): boolean {
  const { conditionals, symbols, origin } = assembly;
  if (conditionals.run(name, operands, symbols, origin, (kind, text) => assembly.report(kind, text))) return true;
  if (!conditionals.active) return true;
  const run = actions[name];
  run?.(assembly, operands);
  return run !== undefined;
}

export function callMacro(assembly: Assembly, macro: AsMacro, operands: string): void {
  const { conditionals, input, origin, purse } = assembly;
  const values = readArguments(macro, operands);
  if (typeof values === 'string') assembly.report('macro', values);
  if (typeof values === 'string' || !purse.depth(input.depth + 1, origin)) return;
  const statements = fillIn(assembly, macro.body, values, assembly.macroCount++);
  conditionals.nest++;
  const leave = (early: boolean) => {
    const isClosed = conditionals.leave();
    if (!isClosed && !early) purse.report('unterminated', `macro ${macro.name} ends inside a conditional`, origin);
  };
  input.push({ statements, callers: origin, leave });
}

/** A body with arguments put in; shorter than it should be once a limit is reached. */
function fillIn(
  { origin, purse }: Assembly,
  body: readonly Statement[],
  values: ReadonlyMap<string, string>,
  count: number,
): Statement[] {
  const statements: Statement[] = [];
  for (const { text, at } of body) {
    const made = substitute(text, values, count);
    if (!purse.characters(made.length, origin)) break;
    for (const one of made === text ? [text] : splitStatements(made)) statements.push({ text: one, at });
  }
  return statements;
}

function repeat(assembly: Assembly, statements: readonly Statement[], turns: number): void {
  const { input, origin, purse } = assembly;
  if (purse.depth(input.depth + 1, origin)) {
    input.push({ statements, callers: origin.slice(0, -1), leave: null }, turns);
  }
}

type Action = (assembly: Assembly, operands: string) => void;

const actions: Readonly<Record<string, Action>> = {
  '.macro': (assembly, operands) => {
    const head = readMacroHead(operands);
    const body = collect(assembly, /^\.macro\b/i, /^\.endm\b/i, '.macro');
    if (typeof head === 'string') return assembly.report('macro', head);
    const name = head.name.toLowerCase();
    if (assembly.macros.has(name)) assembly.report('macro', `macro ${head.name} is defined already`);
    else assembly.macros.set(name, { ...head, body });
  },
  '.endm': (assembly) => assembly.report('macro', '.endm without .macro'),
  '.purgem': (assembly, operands) => assembly.macros.delete(operands.toLowerCase()),
  '.exitm': (assembly) => {
    if (!assembly.input.leaveMacro()) assembly.report('macro', '.exitm that is not right in a macro');
  },
  '.rept': (assembly, operands) => {
    const body = collectRepeated(assembly, '.rept');
    const cursor = cursorOver(operands);
    const expression = readExpression(cursor, assembly.symbols);
    const turns = expression === null ? null : constantOf(expression);
    skipSpace(cursor);
    if (turns === null || turns < 0n || cursor.at < operands.length) {
      return assembly.report('repetition', `.rept ${operands}: no number that is known here`);
    }
    // More turns than statements may be run end at that limit all the same.
    const most = BigInt(assembly.purse.limits.statementsMax + 1);
    repeat(assembly, body, Number(turns < most ? turns : most));
  },
  '.irp': (assembly, operands) => repeatOver(assembly, operands, '.irp', readList),
  '.irpc': (assembly, operands) => repeatOver(assembly, operands, '.irpc', (text) => [...text]),
  '.endr': (assembly) => assembly.report('repetition', '.endr without .rept'),
};

function repeatOver(assembly: Assembly, operands: string, name: string, list: (text: string) => string[]): void {
  const body = collectRepeated(assembly, name);
  const [parameter = '', rest = ''] = /^([^,\s]+)\s*,?\s*(.*)$/.exec(operands)?.slice(1) ?? [];
  const values = list(rest);
  const statements = (values.length === 0 ? [''] : values).flatMap((value) =>
    assembly.purse.stopped ? [] : fillIn(assembly, body, new Map([[parameter, value]]), assembly.macroCount),
  );
  repeat(assembly, statements, 1);
}

const collectRepeated = (assembly: Assembly, name: string) =>
  collect(assembly, /^\.(?:rept|irpc?)\b/i, /^\.endr\b/i, name);

function collect(assembly: Assembly, opens: RegExp, ends: RegExp, name: string): readonly Statement[] {
  const body = assembly.input.collect(opens, ends);
  if (body === null) assembly.report('unterminated', `${name} is not ended`);
  return body ?? [];
}
