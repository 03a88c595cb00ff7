/** What lex() makes of text, a row each: every token as kind:text@line, `_` before it for space, `^` for a line start. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { lex } from './lex.ts';
import { startsColumnZero } from './token.ts';

function check(text: string, expected: string): void {
  test(`lex ${JSON.stringify(text)}`, () => {
    const shown = lex('t.c', text).tokens.map(
      (token) =>
        `${token.atLineStart ? '^' : ''}${token.spaceBefore ? '_' : ''}${token.kind}:${token.text}@${token.line}`,
    );
    assert.equal(shown.join(' '), expected);
  });
}

check('', '');
check('a b', '^name:a@1 _name:b@1');
check('  a\n\tb', '^_name:a@1 ^_name:b@2');
check('a/**/b', '^name:a@1 _name:b@1');
check('a /* x\n y */ b // c\nd', '^name:a@1 _name:b@2 ^name:d@3');
check('/* x\n */ # d', '^_punctuator:#@2 _name:d@2');
check('a//b\\\nc\nd', '^name:a@1 ^name:d@3');
check('"/*" \'//\' x', '^string:"/*"@1 _char:\'//\'@1 _name:x@1');
check('ab\\\ncd ef', '^name:abcd@1 _name:ef@2');
check('a \\\r\n+= b\r\nc', '^name:a@1 _punctuator:+=@2 _name:b@2 ^name:c@3');
check('#define X \\\n  1\ny', '^punctuator:#@1 name:define@1 _name:X@1 _number:1@2 ^name:y@3');
check('0x1fUL .5e-3f 1.e+5 0b101', '^number:0x1fUL@1 _number:.5e-3f@1 _number:1.e+5@1 _number:0b101@1');
check('0x1e+2', '^number:0x1e@1 punctuator:+@1 number:2@1');
check('0x1p-3', '^number:0x1p-3@1');
check('1...3', '^number:1...3@1');
check('1 ... 3', '^number:1@1 _punctuator:...@1 _number:3@1');
check("'a' '\\'' L'x' u8\"s\" u\"t\"", "^char:'a'@1 _char:'\\''@1 _char:L'x'@1 _string:u8\"s\"@1 _string:u\"t\"@1");
check('"a\\"b" "c\\\\"', '^string:"a\\"b"@1 _string:"c\\\\"@1');
check("#error don't\nx", "^punctuator:#@1 name:error@1 _name:don@1 other:'t@1 ^name:x@2");
check('"open\nx', '^other:"open@1 ^name:x@2');
check('"open\\', '^other:"open\\@1');
check('a<<=b->c++...', '^name:a@1 punctuator:<<=@1 name:b@1 punctuator:->@1 name:c@1 punctuator:++@1 punctuator:...@1');
check('a+++b', '^name:a@1 punctuator:++@1 punctuator:+@1 name:b@1');
check('x##y', '^name:x@1 punctuator:##@1 name:y@1');
check('@ ` \u00e9 \u{1f600}', '^other:@@1 _other:`@1 _other:\u00e9@1 _other:\u{1f600}@1');
check('$a _b', '^name:$a@1 _name:_b@1');
check('\ufeffint', '^_name:int@1');

test('an unterminated comment is a problem at its start, and what came before is kept', () => {
  const { tokens, problems } = lex('t.c', 'a\n\n/* b');
  assert.equal(tokens.length, 1);
  assert.deepEqual(problems, [
    { kind: 'unterminated-comment', text: 'a comment is not closed', at: { file: 't.c', line: 3, macros: [] } },
  ]);
});

test('column 0 is told from an indented line start', () => {
  const { tokens } = lex('t.c', '}\n\t}\nx }');
  assert.deepEqual(tokens.map(startsColumnZero), [true, false, true, false]);
});

test('a bound on tokens ends the reading', () => {
  assert.equal(lex('t.c', 'a '.repeat(1000), 10).tokens.length, 10);
});
