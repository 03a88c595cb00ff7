/**
 * What rebuildFragment makes of hunks, a row each. A segment is `start heading`, then its lines, those that differ behind a
 * `!`. Shown are the lines that were added, as `number: text`; that the others stand at their numbers holds for every row.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { rebuildFragment, type Segment } from './fragment.ts';

interface Row {
  readonly added: readonly string[];
  readonly partial?: readonly string[];
  readonly contextOnly?: readonly string[];
}

function segment([head = '', ...lines]: readonly string[]): Segment {
  const [, start = '', heading = ''] = /^(\d+) ?(.*)$/.exec(head) ?? [];
  const changed = new Set(lines.flatMap((line, at) => (line.startsWith('!') ? [at] : [])));
  return { start: Number(start), heading, lines: lines.map((line) => line.replace(/^!/, '')), changed };
}

const signatures = new Map([['known', 'int known(struct s *s, int a)']]);

function check(
  rule: string,
  hunks: readonly (readonly string[])[],
  { added, partial = [], contextOnly = [] }: Row,
): void {
  test(rule, () => {
    const segments = hunks.map(segment);
    const fragment = rebuildFragment(segments, signatures);
    const lines = fragment.text.split('\n');
    for (const { start, lines: own } of segments) {
      assert.deepEqual(lines.slice(start - 1, start - 1 + own.length), own, 'line numbers are kept');
      lines.fill('', start - 1, start - 1 + own.length);
    }
    const shown = lines.flatMap((line, at) => (line === '' ? [] : [`${at + 1}: ${line.replaceAll(' {', '{').trim()}`]));
    assert.deepEqual(shown, added);
    assert.deepEqual([...fragment.partial], partial);
    assert.deepEqual([...fragment.contextOnly], contextOnly);
  });
}

const whole = ['int f(int a)', '{', '\treturn a;', '}'];
const partial = ['f'];

check('no hunks', [], { added: [] });
check('a hunk without lines on this side', [['5 int f(void)']], { added: [] });
check('a whole function', [['1', ...whole]], { added: [] });
check('a whole function further down', [['10 int e(int a)', ...whole]], { added: [] });
check('declarations', [['10', '#define A 1', 'int x;', '', 'struct s {', '\tint y;', '};']], { added: [] });

// Inside a function: it is opened above and closed below, with an unknown where lines are missing.
check('the middle of a function', [['10 int f(int a)', '\tb();', '!\tc();']], {
  added: ['9: int f(int a){__unseen();', '12: __unseen();}'],
  partial,
});
check('the same where nothing differs', [['10 int f(int a)', '\tb();', '\tc();']], {
  added: ['9: int f(int a){__unseen();', '12: __unseen();}'],
  partial,
  contextOnly: partial,
});
check('the end of a function', [['10 int f(int a)', '\tb();', '!\tc();', '}', '', 'int x;']], {
  added: ['9: int f(int a){__unseen();'],
  partial,
});
check('the beginning of a function', [['10', 'int f(int a)', '{', '!\tb();']], {
  added: ['13: __unseen();}'],
  partial,
});
check(
  'two hunks in one function',
  [
    ['10 int f(int a)', '!\tb();'],
    ['20 int f(int a)', '\tc();', '}'],
  ],
  {
    added: ['9: int f(int a){__unseen();', '19: __unseen();'],
    partial,
  },
);
check(
  'the second hunk heads for another function',
  [
    ['10 int f(int a)', '!\tb();'],
    ['20 int g(void)', '\tc();', '}'],
  ],
  {
    added: ['9: int f(int a){__unseen();', '18: __unseen();}', '19: int g(void){__unseen();'],
    partial: ['f', 'g'],
    contextOnly: ['g'],
  },
);
check(
  'the same with a gap of one line',
  [
    ['10 int f(int a)', '!\tb();'],
    ['12 int g(void)', '!\tc();', '}'],
  ],
  {
    added: ['9: int f(int a){__unseen();', '11: __unseen();}int g(void){__unseen();'],
    partial: ['f', 'g'],
  },
);
check(
  'the second hunk is a whole function',
  [
    ['10 int f(int a)', '!\tb();'],
    ['20', 'int g(void)', '{', '}'],
  ],
  {
    added: ['9: int f(int a){__unseen();', '19: __unseen();}'],
    partial,
  },
);
check(
  'hunks in any order',
  [
    ['20 int f(int a)', '\tc();', '}'],
    ['10 int f(int a)', '!\tb();'],
  ],
  {
    added: ['9: int f(int a){__unseen();', '19: __unseen();'],
    partial,
  },
);

// Blocks.
check('a block that was opened out of sight', [['10 int f(int a)', '!\t\tb();', '\t}', '\tc();', '}']], {
  added: ['9: int f(int a){__unseen();if(!__unseen()){'],
  partial,
});
check('two of them', [['10 int f(int a)', '!\t\t\tb();', '\t\t}', '\t}', '}']], {
  added: ['9: int f(int a){__unseen();if(!__unseen()){if(!__unseen()){'],
  partial,
});
check('else', [['10 int f(int a)', '!\t\tb();', '\t} else {', '\t\tc();', '\t}', '}']], {
  added: ['9: int f(int a){__unseen();if(!__unseen()){'],
  partial,
});
check('a block that is closed out of sight', [['10', 'int f(int a)', '{', '\tif (a) {', '!\t\tb();']], {
  added: ['14: }__unseen();}'],
  partial,
});
check(
  'a block across a gap',
  [
    ['10', 'int f(int a)', '{', '\tif (a) {', '!\t\tb();'],
    ['20 int f(int a)', '\t\tc();', '\t}', '}'],
  ],
  {
    added: ['18: }', '19: __unseen();if(!__unseen()){'],
    partial,
  },
);
check('braces in strings and comments do not count', [['10 int f(int a)', '!\tb("}", \'}\'); /* } */ // }', '}']], {
  added: ['9: int f(int a){__unseen();'],
  partial,
});

check(
  'a change behind a gap, in a block',
  [
    ['10', 'int f(int a)', '{', '\tif (a) {'],
    ['20 int f(int a)', '!\t\tc();', '\t}', '}'],
  ],
  {
    added: ['18: }', '19: __unseen();if(!__unseen()){'],
    partial,
  },
);
check('a change beside a function is none in it', [['10 int f(int a)', '\tb();', '}', '', '!int x;']], {
  added: ['9: int f(int a){__unseen();'],
  partial,
  contextOnly: partial,
});

// Signatures.
check(
  'cut in a parameter: what is in sight of it stands',
  [['10 static int f(struct s *s, unsigned lo', '!\tb();', '}']],
  {
    added: ['9: static int f(struct s *s, unsigned lo){__unseen();'],
    partial,
  },
);
check('cut behind a comma', [['10 static int f(struct s *s,', '!\tb();', '}']], {
  added: ['9: static int f(struct s *s){__unseen();'],
  partial,
});
check('without a type: int', [['10 f(int a)', '!\tb();', '}']], { added: ['9: int f(int a){__unseen();'], partial });
check('with its brace', [['10 int f(int a) {', '!\tb();', '}']], { added: ['9: int f(int a){__unseen();'], partial });
check('known in full', [['10 static int known(struct s *s, in', '!\tb();', '}']], {
  added: ['9: int known(struct s *s, int a){__unseen();'],
  partial: ['known'],
});
check('just out of sight', [['10 int f(int a)', '{', '!\tb();', '}']], { added: ['9: int f(int a)'] });
check('its last line in sight', [['10 int f(int a,', '\t  int b)', '{', '!\tb();', '}']], {
  added: ['9: int f(int a,'],
});
check('a table is left as it is', [['10 static int t[] = {', '!\t1,', '\t2,', '};']], { added: [] });

// Comments.
check('a comment that was opened out of sight', [['10 int e(void)', ' * text', ' */', ...whole]], { added: ['9: /*'] });
check('a comment that is closed out of sight', [['10', 'int f(int a)', '{', '!\tb();', '\t/* text']], {
  added: ['14: */__unseen();}'],
  partial,
});
check(
  'between functions',
  [
    ['10', 'int x;', '/* text'],
    ['20', 'int y;'],
  ],
  { added: ['19: */'] },
);
