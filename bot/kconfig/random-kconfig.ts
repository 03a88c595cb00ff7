/**
 * Kconfig files at random: symbols that rest on earlier ones alone, so that there is no circle; choices; earlier ones that
 * select and imply later ones; menus and conditions around them; answers to some.
 */
import { pick, type Random } from '../qemu/random.ts';

export interface RandomKconfig {
  readonly text: string;
  readonly answers: ReadonlyMap<string, string>;
  readonly symbols: readonly string[];
}

export function randomKconfig(random: Random): RandomKconfig {
  const symbols: string[] = [];
  const answers = new Map<string, string>();
  const lines: string[] = ['config MODULES', '\tbool "m"', '\tmodules', '\tdefault y'];
  const expression = (depth: number): string => {
    if (symbols.length === 0) return pick(random, ['y', 'n']);
    const name = pick(random, symbols);
    const kind = random(depth > 2 ? 3 : 8);
    if (kind < 2) return name;
    if (kind === 2) return `${name} ${pick(random, ['=', '!='])} ${pick(random, ['y', 'm', 'n'])}`;
    if (kind === 3) return `!${random(2) === 0 ? name : `(${expression(depth + 1)})`}`;
    if (kind === 4) return `(${expression(depth + 1)})`;
    return `${expression(depth + 1)} ${pick(random, ['&&', '||'])} ${expression(depth + 1)}`;
  };
  const maybe = (text: () => string) => (random(2) === 0 ? text() : '');
  const condition = () => maybe(() => ` if ${expression(0)}`);
  const answer = (name: string) => {
    if (random(2) === 0) answers.set(name, pick(random, ['y', 'm', 'n']));
  };
  const count = 6 + random(14);
  const later: string[] = [];
  for (let at = 0; at < count; at++) {
    const around = random(8);
    if (around === 0) lines.push(`if ${expression(0)}`);
    if (around === 1) lines.push('menu "a menu"', `\tdepends on ${expression(0)}`);
    if (random(6) === 0) choice(at);
    else config(`S${at}`, pick(random, ['bool', 'tristate']));
    if (around === 0) lines.push('endif');
    if (around === 1) lines.push('endmenu');
  }
  // What is selected and implied stands last, and nothing rests on it but what is above.
  for (const name of later) {
    lines.push(`config ${name}`, `\t${pick(random, ['bool', 'tristate'])}${maybe(() => ` "${name}"`)}`);
    if (random(2) === 0) lines.push(`\tdefault ${expression(0)}`);
    symbols.push(name);
  }
  return { text: `${lines.join('\n')}\n`, answers, symbols };

  function config(name: string, type: string): void {
    lines.push(`config ${name}`);
    const isAsked = random(3) > 0;
    if (random(3) === 0 && !isAsked) lines.push(`\tdef_${type} ${expression(0)}${condition()}`);
    else lines.push(`\t${type}${isAsked ? ` "${name}"${condition()}` : ''}`);
    if (random(2) === 0) lines.push(`\tdepends on ${expression(0)}`);
    for (let defaults = random(3); defaults > 0; defaults--) lines.push(`\tdefault ${expression(0)}${condition()}`);
    for (const keyword of ['select', 'imply'])
      if (random(4) === 0) {
        const target = random(2) === 0 && later.length > 0 ? pick(random, later) : `L${later.length}`;
        if (!later.includes(target)) later.push(target);
        lines.push(`\t${keyword} ${target}${condition()}`);
      }
    if (random(5) === 0) lines.push('\thelp', `\t  config of ${name}`, '\t    if it is indented', '');
    symbols.push(name);
    answer(name);
  }

  function choice(at: number): void {
    const members = [0, 1, 2].map((index) => `C${at}_${index}`);
    const own = maybe(() => `\tdefault ${pick(random, members)}${condition()}`);
    const depends = maybe(() => `\tdepends on ${expression(0)}`);
    lines.push('choice', '\tprompt "one of them"', ...[depends, own].filter((line) => line !== ''));
    for (const name of members) lines.push(`config ${name}`, `\tbool "${name}"${condition()}`);
    lines.push('endchoice');
    symbols.push(...members);
    // Of two answers of y the order in the file decides; one is given at most.
    if (random(2) === 0) answers.set(pick(random, members), 'y');
  }
}
