/**
 * Edits find their places by content: in C of one version or another, in assembly, and nowhere where there is none.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { applyEdits } from './edit.ts';
import type { Edit } from './row.ts';

const c = `static int one(int a)
{
	return a;
}

#ifdef X
int two(int a,
	int b)
{
	int c = one(a);

	sync(a,
	     b);
	if (c) {
		c = 1;
	}
	c = 2;

	return c;
}
#endif
`;
const assembly = `.macro leave all
	ld	r2, 24(r1)
	blr
.endm
start:
	mr	r4, r0
	leave	1
`;
const paths: Readonly<Record<string, string>> = {
  'arch/powerpc/kernel/trace/ftrace.c': c,
  'arch/powerpc/kernel/trace/ftrace_entry.S': assembly,
};
const read = (path: string) => paths[path] ?? null;

/** The lines that an edit takes out and puts in. */
function check(edits: readonly Edit[], expected: readonly string[]): void {
  const [first] = edits;
  test(`${first?.op} ${first?.in ?? ''}: ${expected.join(' | ') || 'no place'}`, () => {
    const { texts, problem } = applyEdits(edits, read);
    const changes = [...texts].flatMap(([path, text]) => {
      const [old, fresh] = [(read(path) ?? '').split('\n'), text.split('\n')];
      const count = (lines: readonly string[], line: string) => lines.filter((other) => other === line).length;
      const more = (of: readonly string[], than: readonly string[]) =>
        [...new Set(of)].filter((line) => line !== '' && count(of, line) > count(than, line));
      return [
        ...more(old, fresh).map((line) => `-${line.trim()}`),
        ...more(fresh, old).map((line) => `+${line.trim()}`),
      ];
    });
    assert.deepEqual(changes, expected);
    assert.equal(problem === null, texts.size > 0);
  });
}

check([{ op: 'drop', in: 'two', at: /sync\(/ }], ['-sync(a,', '-b);']);
check([{ op: 'drop', in: 'two', at: /if \(c\)/ }], ['-if (c) {', '-c = 1;', '-}']);
check([{ op: 'drop', in: 'one', at: /sync\(/ }], []);
check([{ op: 'drop', in: 'three', at: /sync\(/ }], []);
check([{ op: 'replace', in: ['zero', 'two'], at: /c = (\d);(?=\n\n)/, by: 'c = $1 + 1;' }], ['-c = 2;', '+c = 2 + 1;']);
check([{ op: 'replace', in: 'two', at: /\bc\b/, nth: 1, by: 'd' }], ['-if (c) {', '+if (d) {']);
check([{ op: 'replace-all', in: 'two', at: /\bc = (?=\d)/, by: 'd = ' }], ['-c = 1;', '-c = 2;', '+d = 1;', '+d = 2;']);
check([{ op: 'after', in: 'two', at: /sync\(/, text: '\tmore();' }], ['+more();']);
check([{ op: 'before', file: 'entry', in: 'start', at: /r4/, text: '\tnop' }], ['+nop']);
check([{ op: 'drop', file: 'entry', in: 'leave', at: /r2/ }], ['-ld\tr2, 24(r1)']);
check([{ op: 'drop', file: 'entry', in: 'leave', at: /r4/ }], []);
check(
  [{ op: 'rename', from: 'one', to: 'single' }],
  ['-static int one(int a)', '-int c = one(a);', '+static int single(int a)', '+int c = single(a);'],
);
check([{ op: 'append', text: 'int last;' }], ['+int last;']);
check([{ op: 'ahead', in: 'two', text: 'int before;\n' }], ['+int before;']);
check([{ op: 'drop', file: 'core', at: /x/ }], []);

test('a swap and a move keep every line', () => {
  const swapped = applyEdits([{ op: 'swap', in: 'two', first: /sync\(/, second: /c = 2/ }], read);
  const moved = applyEdits([{ op: 'move', in: 'two', at: /c = 2/, before: /sync\(/ }], read);
  const relocated = applyEdits([{ op: 'relocate', in: 'one', behind: 'two' }], read);
  const text = ({ texts }: ReturnType<typeof applyEdits>) => [...texts.values()][0] ?? '';
  assert.match(text(swapped), /one\(a\);\n\n\tc = 2;\n\tif \(c\) \{\n\t\tc = 1;\n\t\}\n\tsync\(a,\n\t {5}b\);\n/);
  assert.match(text(moved), /one\(a\);\n\n\tc = 2;\n\tsync\(a,/);
  assert.match(text(relocated), /\n\}\n\nstatic int one\(int a\)\n\{\n\treturn a;\n\}\n#endif/);
});
