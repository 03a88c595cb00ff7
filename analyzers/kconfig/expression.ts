/**
 * Kconfig's expressions: what stands behind `depends on`, `if`, `default`. The one idea: a value may be unknown, because a
 * file is not at hand or a macro would run a command; it is carried through as Kleene does, and decides nothing silently.
 *
 * Example: `FUNCTION_TRACER && (PPC32 || PPC64_ELF_ABI_V2)` is n where FUNCTION_TRACER is, whatever the others are.
 */

export type Expression =
  /** A symbol by its name, or a number: which of them, only a whole Kconfig can tell. */
  | { readonly kind: 'symbol'; readonly name: string }
  /** Quoted text, or text that a macro stands for: `macros` still has the `$(…)` in it. */
  | { readonly kind: 'text'; readonly macros: string }
  | { readonly kind: 'not'; readonly of: Expression }
  | { readonly kind: 'and' | 'or'; readonly left: Expression; readonly right: Expression }
  | {
      readonly kind: 'compare';
      readonly operator: Comparison;
      readonly left: Expression;
      readonly right: Expression;
    }
  /** What was written and is not understood. */
  | { readonly kind: 'unknown' };
type Comparison = '=' | '!=' | '<' | '>' | '<=' | '>=';

/** n, m, y as Kconfig orders them; null: unknown. */
export type Tristate = 0 | 1 | 2 | null;

export const yes: Expression = { kind: 'symbol', name: 'y' };

export const and = (left: Expression, right: Expression): Expression =>
  left === yes ? right : right === yes ? left : { kind: 'and', left, right };

/** Both, whatever is unknown of one of them. */
export const both = (left: Tristate, right: Tristate): Tristate =>
  left === 0 || right === 0 ? 0 : left === null || right === null ? null : left < right ? left : right;
export const either = (left: Tristate, right: Tristate): Tristate =>
  left === 2 || right === 2 ? 2 : left === null || right === null ? null : left > right ? left : right;

/** Where an expression's names get their values. Text is null where it is unknown. */
export interface Scope {
  readonly tristate: (name: string) => Tristate;
  readonly text: (name: string) => string | null;
  readonly expand: (macros: string) => string | null;
}

export function evaluate(expression: Expression, scope: Scope): Tristate {
  switch (expression.kind) {
    case 'symbol':
      return tristateOf(expression.name) ?? scope.tristate(expression.name);
    case 'text': {
      const text = scope.expand(expression.macros);
      return text === null ? null : (tristateOf(text) ?? 0);
    }
    case 'not': {
      const value = evaluate(expression.of, scope);
      return value === null ? null : ((2 - value) as Tristate);
    }
    case 'and':
      return both(evaluate(expression.left, scope), evaluate(expression.right, scope));
    case 'or':
      return either(evaluate(expression.left, scope), evaluate(expression.right, scope));
    case 'compare':
      return compare(expression.operator, textOf(expression.left, scope), textOf(expression.right, scope));
    case 'unknown':
      return null;
  }
}

/** What a value is as text: of a symbol its value, else the words themselves. */
export function textOf(expression: Expression, scope: Scope): string | null {
  if (expression.kind === 'symbol') return scope.text(expression.name);
  if (expression.kind === 'text') return scope.expand(expression.macros);
  return letterOf(evaluate(expression, scope));
}

/** null for any other text. */
export const tristateOf = (text: string | undefined): Tristate =>
  text === 'y' ? 2 : text === 'm' ? 1 : text === 'n' ? 0 : null;
export const letterOf = (value: Tristate) => (value === null ? null : 'nmy'.charAt(value));

/** Numbers as numbers, n < m < y as Kconfig orders them, anything else as text. */
function compare(operator: Comparison, left: string | null, right: string | null): Tristate {
  if (left === null || right === null) return null;
  const [a, b] = [numberOf(left), numberOf(right)];
  const order = a === null || b === null ? orderOfText(left, right) : a < b ? -1 : a > b ? 1 : 0;
  const holds = {
    '=': order === 0,
    '!=': order !== 0,
    '<': order < 0,
    '>': order > 0,
    '<=': order <= 0,
    '>=': order >= 0,
  };
  return holds[operator] ? 2 : 0;
}
const numberOf = (text: string) => (/^(-?\d+|0x[0-9a-f]+)$/i.test(text) ? Number(text) : null);
const orderOfText = (left: string, right: string) => {
  const [a, b] = [tristateOf(left), tristateOf(right)];
  if (a !== null && b !== null) return a - b;
  return left < right ? -1 : left > right ? 1 : 0;
};
