/**
 * Names that GNU as reads and objdump never prints: what people and the kernel write.
 */
import type { Fields } from '../row.ts';
import { branchAliases } from './branch.ts';
import { type Extended, extended } from './extended.ts';
import { facilityAliases } from './facilities.ts';
import { specialAliases } from './special-aliases.ts';

/** The operands of subtraction in the order of speech. */
const subtractions = ['', 'c'].flatMap((carry) =>
  [0, 1].flatMap((OE) =>
    [0, 1].map((Rc) => extended(`sub${carry}${OE ? 'o' : ''}${Rc ? '.' : ''} RT,RB,RA`, `subf${carry}`, { OE, Rc })),
  ),
);

const traps = Object.entries({ lnl: 5, lng: 6, nl: 12, ng: 20 }).flatMap(([name, TO]) =>
  ['w', 'd'].flatMap((width) => [
    extended(`t${width}${name} RA,RB`, `t${width}`, { TO }),
    extended(`t${width}${name}i RA,SI`, `t${width}i`, { TO }),
  ]),
);

/** `or` of a register with itself, as a hint to the processor (Book II 3.2, Book I 3.3.13). */
const hints = Object.entries({ miso: 26, yield: 27, mdoio: 29, mdoom: 30 }).map(([name, register]) =>
  extended(name, 'or', { RA: register, RS: register, RB: register, Rc: 0 }),
);

/** Extract, insert, rotate right, clear and shift: n bits at b (Book I C.8), with what follows from both. */
const rotates = [0, 1].flatMap((Rc) => {
  const dot = Rc === 1 ? '.' : '';
  const also = (syntax: string, of: string, fixed: Partial<Fields>, complete?: (fields: Fields) => Partial<Fields>) => {
    const [name, operands] = syntax.split(' ');
    const all = (fields: Partial<Fields>) => ({ ...fields, ...complete?.(fields as Fields) });
    return extended(`${name}${dot} ${operands}`, of, { ...fixed, Rc }, () => true, all);
  };
  return [
    also('extlwi RA,RS,ME=n+31,SH<32', 'rlwinm', { MB: 0 }),
    also('extrwi RA,RS,MB=32-n,SH<32', 'rlwinm', { ME: 31 }, ({ SH, MB }) => ({ SH: (SH + 32 - MB) % 32 })),
    also('inslwi RA,RS,ME=n+31,SH=32-n;MB=n', 'rlwimi', {}, ({ ME, MB }) => ({ ME: (ME + MB) % 32 })),
    also('insrwi RA,RS,ME=n+31,MB<32', 'rlwimi', {}, ({ ME, MB }) => ({
      ME: (ME + MB) % 32,
      SH: (63 - ((ME + MB) % 32)) % 32,
    })),
    also('rotrwi RA,RS,SH=32-n', 'rlwinm', { MB: 0, ME: 31 }),
    also('clrlslwi RA,RS,MB<32,SH=n;ME=31-n', 'rlwinm', {}, ({ MB, SH }) => ({ MB: (MB - SH + 32) % 32 })),
    also('rlwinm RA,RS,SH,MB…ME=mask', 'rlwinm', {}),
    also('rlwimi RA,RS,SH,MB…ME=mask', 'rlwimi', {}),
    also('rlwnm RA,RS,RB,MB…ME=mask', 'rlwnm', {}),
    also('extldi RA,RS,ME=n+63,SH', 'rldicr', {}),
    also('extrdi RA,RS,MB=64-n,SH<64', 'rldicl', {}, ({ SH, MB }) => ({ SH: (SH + 64 - MB) % 64 })),
    also('insrdi RA,RS,ME=n+63,MB<64', 'rldimi', {}, ({ ME, MB }) => ({ SH: (127 - ((ME + MB) % 64)) % 64 })),
    also('rotrdi RA,RS,SH=64-n', 'rldicl', { MB: 0 }),
    also('clrlsldi RA,RS,MB<64,SH<64', 'rldic', {}, ({ MB, SH }) => ({ MB: (MB - SH + 64) % 64 })),
  ];
});

export const aliases: readonly Extended[] = [
  ...branchAliases,
  ...subtractions,
  ...traps,
  ...hints,
  ...rotates,
  ...specialAliases,
  ...facilityAliases,
  extended('la RT,SI(RA)', 'addi', {}),
  extended('pla RT,SI34(RA),R?', 'paddi', {}),
  extended('subi RT,RA|0,SI=-n', 'addi', {}),
  extended('subis RT,RA|0,SI±=-n', 'addis', {}),
  extended('subic RT,RA,SI=-n', 'addic', {}),
  extended('subic. RT,RA,SI=-n', 'addic.', {}),
  extended('psubi RT,RA|0,SI34=-n,R?', 'paddi', {}),
  extended('subpcis RT,SI±=-n', 'addpcis', {}),
  extended('mfcr RT,FXM', 'mfocrf', {}),
  extended('sync L?,SC?', 'sync', {}),
  extended('msync', 'sync', { L: 0, SC: 0 }),
  extended('dclz RA|0,RB', 'dcbz', { L: 0 }),
];
