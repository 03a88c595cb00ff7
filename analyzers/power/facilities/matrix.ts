/**
 * Matrix-multiply assist (MMA): Power ISA 3.1B Book I 7.6.1.5, under the names that GNU objdump 2.40 has for them. An
 * accumulator AT covers the vector-scalar registers 4×AT to 4×AT+3, which then can be no operand.
 */
import type { Fields, Row } from '../row.ts';
import { family } from './family.ts';

const overlapping = { invalid: ({ AT, XA, XB }: Fields) => XA >> 2 === AT || XB >> 2 === AT };
const operands = '111011 AT:3 00 XA:5@0 XB:5@0 #:8 XA:1@5 XB:1@5 0';

/** Doubles are in pairs of registers, the even one named. */
const odd = ({ XA }: Fields) => (XA & 1) === 1;

/** The prefixed form masks rows (IMA), columns (IMB) and, of narrow elements, products (IMC). */
function masked(products: number, columns: number, members: string): Row[] {
  const restrictions = columns === 2 ? { ...overlapping, overlooked: odd } : overlapping;
  const unprefixed = family('AT,XA,XB', operands, members, restrictions);
  const mask = products === 0 ? '' : `IMC:${products}`;
  const prefix = `000001 11 1001 0000 ${mask} ${'0'.repeat(8 - products)} IMA:4 IMB:${columns}${columns < 4 ? ' 00' : ''}`;
  const prefixed = members.replace(/\w+ /g, 'pm$&');
  const list = products === 0 ? 'AT,XA,XB,IMA,IMB' : 'AT,XA,XB,IMA,IMB,IMC';
  return [...unprefixed, ...family(list, `${prefix} | ${operands}`, prefixed, restrictions)];
}

export const matrixRows: readonly Row[] = [
  ...family('AT', '011111 AT:3 00 #:5 00000 00101100010', 'dmxxmfacc 0, dmxxmtacc 1, dmsetaccz 3'),
  ...masked(
    8,
    4,
    `
    dmxvi4ger8pp 34, dmxvi4ger8 35
  `,
  ),
  ...masked(
    4,
    4,
    `
    dmxvi8ger4pp 2, dmxvi8ger4 3, dmxvi8ger4spp 99
  `,
  ),
  ...masked(
    2,
    4,
    `
    dmxvf16ger2pp 18, dmxvf16ger2 19, dmxvi16ger2spp 42, dmxvi16ger2s 43, dmxvbf16ger2pp 50, dmxvbf16ger2 51,
    dmxvi16ger2 75, dmxvf16ger2np 82, dmxvi16ger2pp 107, dmxvbf16ger2np 114, dmxvf16ger2pn 146,
    dmxvbf16ger2pn 178, dmxvf16ger2nn 210, dmxvbf16ger2nn 242
  `,
  ),
  ...masked(
    0,
    4,
    `
    dmxvf32gerpp 26, dmxvf32ger 27, dmxvf32gernp 90, dmxvf32gerpn 154, dmxvf32gernn 218
  `,
  ),
  ...masked(
    0,
    2,
    `
    dmxvf64gerpp 58, dmxvf64ger 59, dmxvf64gernp 122, dmxvf64gerpn 186, dmxvf64gernn 250
  `,
  ),
];
