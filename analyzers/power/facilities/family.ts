/**
 * Instructions of facilities that this emulator does not have: kernels run with floating point and vectors switched off
 * (Book III 4.2.1, MSR[FP, VEC, VSX]). They have a text, so that code can be printed and read as a whole, and are no
 * instruction here. Many of a form are one line: each `#:w` of the pattern is taken from the numbers behind the name.
 *
 * Example: family('VRT,VRB', '000100 VRT:5 #:5 VRB:5 #:11', 'vnegw 6/1538') is a row of vnegw.
 */
import { type Restrictions, type Row, row } from '../row.ts';

export function family(operands: string, pattern: string, members: string, restrictions: Restrictions = {}): Row[] {
  return members
    .trim()
    .split(/,\s+/)
    .map((member) => {
      const [mnemonic = '', list = ''] = member.split(/\s+/);
      const numbers = list.split('/');
      const bits = pattern.replace(/#:(\d+)/g, (_, width) =>
        Number(numbers.shift()).toString(2).padStart(Number(width), '0'),
      );
      const syntax = operands === '' ? mnemonic : `${mnemonic} ${operands}`;
      return row(syntax, bits, () => undefined, { ...restrictions, reserved: () => true });
    });
}
