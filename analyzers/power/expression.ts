/**
 * Operands that are numbers, as the assembler reads them: sums of products of numbers and of names, which are those of the
 * operand's kind: registers, conditions, or the address of the instruction.
 *
 * Example: `4*cr7+eq` is 30 as a bit of CR; `.+8` at 0x1000 is 0x1008 as a target; `-0x10` is -16.
 */

/** What a name stands for; null for one that does not belong there. */
export type Names = (name: string) => number | bigint | null;

/** Names of condition register bits, in their order. */
export const conditions = ['lt', 'gt', 'eq', 'so'] as const;

const numbered = (prefix: RegExp, below: number): Names => {
  return (name) => {
    const [, digits] = prefix.exec(name) ?? [];
    return digits !== undefined && Number(digits) < below ? Number(digits) : null;
  };
};
const conditionField = numbered(/^%?cr(\d)$/, 8);

export const names = {
  none: () => null,
  r: numbered(/^%?r(\d{1,2})$/, 32),
  f: numbered(/^%?f(\d{1,2})$/, 32),
  v: numbered(/^%?v(\d{1,2})$/, 32),
  vs: numbered(/^%?vs(\d{1,2})$/, 64),
  a: numbered(/^%?a(\d)$/, 8),
  condition: (name: string) => {
    const bit = (conditions as readonly string[]).indexOf(name === 'un' ? 'so' : name);
    return bit < 0 ? conditionField(name) : bit;
  },
} as const satisfies Readonly<Record<string, Names>>;

/** @returns null where the text is none of these */
export function evaluate(text: string, known: Names): bigint | null {
  let sum: bigint | null = null;
  let rest = text.trim();
  while (rest !== '') {
    const [all = '', signs = '', product = ''] = /^([-+\s]*)([^-+]+)/.exec(rest) ?? [];
    if (all === '' || (sum !== null && signs.trim() === '')) return null;
    const value = productOf(product, known);
    if (value === null) return null;
    sum = (sum ?? 0n) + (signs.split('-').length % 2 === 0 ? -value : value);
    rest = rest.slice(all.length);
  }
  return sum;
}

function productOf(text: string, known: Names): bigint | null {
  let product = 1n;
  for (const factor of text.split('*')) {
    const value = factorOf(factor.trim().toLowerCase(), known);
    if (value === null) return null;
    product *= value;
  }
  return product;
}

/** A number in any of the notations of C and GNU as: a leading 0 is octal. */
function factorOf(text: string, known: Names): bigint | null {
  if (/^(0x[0-9a-f]+|0b[01]+|0|[1-9]\d*)$/.test(text)) return BigInt(text);
  if (/^0[0-7]+$/.test(text)) return BigInt(`0o${text.slice(1)}`);
  const value = known(text);
  return value === null ? null : BigInt(value);
}
