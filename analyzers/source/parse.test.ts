/**
 * parseUnit() at its boundary. A row is text in and the tree out, written as kind(field, …) with places left out;
 * further tables hold what is guessed when headers are absent, and what is dropped, with the reason.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { lex } from './lex.ts';
import { type ParsedUnit, type ParseOptions, parseUnit } from './parse.ts';

function parse(text: string, options: ParseOptions = {}): ParsedUnit {
  return parseUnit('t.c', lex('t.c', text).tokens, options);
}

/** A node as kind(fields), a list as [items]; places, slots and fields that say nothing (null, false, none) are left out. */
function show(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(show).join(' ')}]`;
  if (typeof value === 'string') return JSON.stringify(value).slice(1, -1) || "''";
  if (typeof value !== 'object' || value === null) return String(value);
  const { kind, ...fields } = value as Record<string, unknown>;
  const { name, type, value: inner } = fields;
  if (kind === 'name' || kind === 'base' || kind === 'named') return String(name);
  if (kind === 'integer') return `${inner}${type === 'int' ? '' : `:${type}`}`;
  if (kind === 'expression' && inner !== undefined) return show(inner);
  const shown = Object.entries(fields)
    .filter(
      ([key, field]) =>
        !['at', 'end', 'file', 'slot', 'slots'].includes(key) && ![null, false, 'none'].includes(field as null),
    )
    .map(([key, field]) => (field === true ? key : show(field)));
  return `${kind ?? ''}(${shown.join(' ')})`;
}

function checkClean(unit: ParsedUnit): void {
  assert.deepEqual(unit.problems, []);
}

/** The only statement of a function in which a, b, c, f, p, s and x are objects and T is a type. */
function checkStatement(text: string, expected: string): void {
  test(`statement ${text}`, () => {
    const unit = parse(`typedef int T; int a, b, c, f(), *p, x;\nvoid fn(void)\n{\n\t${text}\n}`);
    checkClean(unit);
    assert.equal(unit.functions[0]?.body.statements.map(show).join('; '), expected);
  });
}

function checkExpression(text: string, expected: string): void {
  checkStatement(`${text};`, `expression(${expected})`);
}

function checkDeclarations(text: string, expected: string): void {
  test(`declaration ${text}`, () => {
    const unit = parse(text);
    checkClean(unit);
    assert.equal(unit.declarations.map(show).join('; '), expected);
  });
}

// Expressions: grouping.
checkExpression('a + b * c', 'binary(+ a binary(* b c))');
checkExpression('a - b - c', 'binary(- binary(- a b) c)');
checkExpression('a || b && c | a ^ b & c', 'binary(|| a binary(&& b binary(| c binary(^ a binary(& b c)))))');
checkExpression('a == b < c << 1 + 2', 'binary(== a binary(< b binary(<< c binary(+ 1 2))))');
checkExpression('(a + b) * c', 'binary(* binary(+ a b) c)');
checkExpression('a = b += c', 'assign(= a assign(+= b c))');
checkExpression('a ? b : c ? 1 : 2', 'conditional(a b conditional(c 1 2))');
checkExpression('a ?: b', 'conditional(a b)');
checkExpression('a ? b, c : 1', 'conditional(a comma(b c) 1)');
checkExpression('a, b', 'comma(a b)');
checkExpression('-a + !b - ~c', 'binary(- binary(+ unary(- a) unary(! b)) unary(~ c))');
checkExpression('*p++', 'unary(* increment(++ p))');
checkExpression('++*p', 'increment(++ prefix unary(* p))');
checkExpression('&p[1]', 'unary(& index(p 1))');
checkExpression('p->a.b[2](3, 4)', 'call(index(member(member(p a arrow) b) 2) [3 4])');
checkExpression('f()', 'call(f [])');
checkExpression('a - -b', 'binary(- a unary(- b))');

// Expressions: casts, sizes, literals.
checkExpression('(T)a', 'cast(T a)');
checkExpression('(T)-a * b', 'binary(* cast(T unary(- a)) b)');
checkExpression('(a) - b', 'binary(- a b)');
checkExpression('(unsigned long)p & 3', 'binary(& cast(unsigned long p) 3)');
checkExpression('(T *)(a)', 'cast(pointer(T) a)');
checkExpression('(int (*)(void))p', 'cast(pointer(function(int [])) p)');
checkExpression('(struct s){ .a = 1 }.a', 'member(compound(record(struct s) list([([field(a)] 1)])) a)');
checkExpression('(T[]){ 1, 2 }', 'compound(array(T) list([([] 1) ([] 2)]))');
checkExpression('sizeof(T)', 'sizeof(T)');
checkExpression('sizeof a', 'sizeof(a)');
checkExpression('sizeof(a) + 1', 'binary(+ sizeof(a) 1)');
checkExpression('sizeof (T) * 2', 'binary(* sizeof(T) 2)');
checkExpression('sizeof(T){1}', 'sizeof(compound(T list([([] 1)])))');
checkExpression('_Alignof(T) + __alignof__(a)', 'binary(+ alignof(T) alignof(typeof(a)))');
checkExpression('0x10 + 010 + 0b11', 'binary(+ binary(+ 16 8) 3)');
checkExpression('1U + 2UL + 3LL', 'binary(+ binary(+ 1:unsigned int 2:unsigned long) 3:long long)');
checkExpression('0x7fffffff + 0x80000000', 'binary(+ 2147483647 2147483648:unsigned int)');
checkExpression('2147483648 + 0xffffffffffffffff', 'binary(+ 2147483648:long 18446744073709551615:unsigned long)');
checkExpression("'a' + '\\n' + '\\x7f' + '\\0'", 'binary(+ binary(+ binary(+ 97 10) 127) 0)');
checkExpression("'\\377' + 'ab'", 'binary(+ 255 24930)');
checkExpression('1.5e3f', 'floating(1.5e3f)');
checkExpression('"a\\tb" "c\\101"', 'string(a\\tbcA)');
checkExpression('"\u00e9"', 'string(\u00c3\u00a9)');

// Expressions: GNU and C11.
checkExpression('({ a; b; })', 'statements(([expression(a) expression(b)]))');
checkExpression('__extension__ (a)', 'a');
checkExpression('&&out', 'labelAddress(out)');
checkExpression('__func__', 'string(fn)');
checkExpression('__builtin_offsetof(struct s, a.b[2].c)', 'offsetof(record(struct s) [a b 2 c])');
checkExpression('offsetof(struct s, m)', 'offsetof(record(struct s) [m])');
checkExpression('__builtin_types_compatible_p(T, typeof(a))', 'typesCompatible(T typeof(a))');
checkExpression('__builtin_choose_expr(1, a, b)', 'choose(1 a b)');
checkExpression('__builtin_va_arg(a, T *)', 'vaArg(a pointer(T))');
checkExpression('_Generic(a, T: 1, char *: 2, default: 3)', 'generic(a [(T 1) (pointer(char) 2) (3)])');

// Statements.
checkStatement(';', 'empty()');
checkStatement('if (a) b; else if (c) { }', 'if(a expression(b) if(c block(([]))))');
checkStatement('if (a) if (b) 1; else 2;', 'if(a if(b expression(1) expression(2)))');
checkStatement('while (a) b;', 'while(a expression(b))');
checkStatement('do { a; } while (0);', 'do(0 block(([expression(a)])))');
checkStatement(
  'for (a = 0; a < 1; a++) b;',
  'for(expression(assign(= a 0)) binary(< a 1) increment(++ a) expression(b))',
);
checkStatement('for (;;) break;', 'for(break())');
checkStatement('for (int i = 0; ; ) continue;', 'for(declaration([(i int 0)]) continue())');
checkStatement(
  'switch (a) { case 1: case 2 ... 4: b; default: c; }',
  'switch(a block(([case(1 case(2 4 expression(b))) default(expression(c))])))',
);
checkStatement('switch (a) { default: }', 'switch(a block(([default(empty())])))');
checkStatement('goto out; out: return;', 'goto(out); label(out return())');
checkStatement('goto *p;', 'gotoComputed(p)');
checkStatement('__label__ l; l: a;', 'label(l expression(a))');
checkStatement('out: __attribute__((unused)) return a;', 'label(out return(a))');
checkStatement('__attribute__((fallthrough));', 'empty()');
checkStatement('T t = a, *u;', 'declaration([(t T a) (u pointer(T))])');
checkStatement('T (t);', 'declaration([(t T)])');
checkStatement('T T; T = 1;', 'declaration([(T T)]); expression(assign(= T 1))');
checkStatement(
  '{ int T; T * a; } T * y;',
  'block(([declaration([(T int)]) expression(binary(* T a))])); declaration([(y pointer(T))])',
);
checkStatement('static T t[] = { 1 };', 'declaration([(t array(T) static list([([] 1)]))])');
checkStatement('__auto_type t = a;', 'declaration([(t typeof(a) a)])');
checkStatement('typeof(a) *t;', 'declaration([(t pointer(typeof(a)))])');
checkStatement('_Static_assert(1, "x");', 'declaration([])');
checkStatement('struct s { int m; } v;', 'declaration([(v record(struct s [(m int)]))])');
checkStatement('T g __attribute__((cleanup(done))) = 1;', 'declaration([(g T 1 done)])');
checkStatement('asm("isync");', 'asm((isync [] [] [] []))');
checkStatement(
  'asm volatile ("a %0,%1" "b" : "=r" (a), [o] "+m" (*p) : "r" (b) : "memory", "cc");',
  "asm((a %0,%1b volatile [('' =r a) (o +m unary(* p))] [('' r b)] [memory cc] []))",
);
checkStatement('asm goto ("b %l0" : : : : out); out:;', 'asm((b %l0 [] [] [] [out])); label(out empty())');

// Declarations.
checkDeclarations('int a, *b, c[3];', '(a int); (b pointer(int)); (c array(int 3))');
checkDeclarations('long unsigned int a; long long b; short int c;', '(a unsigned long); (b long long); (c short)');
checkDeclarations(
  'signed char a; unsigned b; _Bool c; __int128 unsigned d;',
  '(a signed char); (b unsigned int); (c bool); (d unsigned __int128)',
);
checkDeclarations('int *(*f)(char, ...);', '(f pointer(function(pointer(int) [(char)] variadic)))');
checkDeclarations('void (*g(int n))(void);', '(g function(pointer(function(void [])) [(n int)]))');
checkDeclarations('int (*a[2])[3];', '(a array(pointer(array(int 3)) 2))');
checkDeclarations('int a[2][3];', '(a array(array(int 3) 2))');
checkDeclarations('char *const *volatile p;', '(p pointer(pointer(char)))');
checkDeclarations('extern int f(void); static int g();', '(f function(int []) extern); (g function(int []) static)');
checkDeclarations(
  'int f(int a[static 3], int (*g)(int));',
  '(f function(int [(a array(int 3)) (g pointer(function(int [(int)])))]))',
);
checkDeclarations('typedef int T; T x; T f(T, T *y);', '(T int typedef); (x T); (f function(T [(T) (y pointer(T))]))');
checkDeclarations('typedef _Bool bool; bool b;', '(bool bool typedef); (b bool)');
checkDeclarations(
  'int x = 1, y[] = { [0] = 1, [2 ... 3] = 2, };',
  '(x int 1); (y array(int) list([([index(0)] 1) ([index(2 3)] 2)]))',
);
checkDeclarations(
  'struct s v = { .a.b = 1, c: 2, { 3 } };',
  '(v record(struct s) list([([field(a) field(b)] 1) ([field(c)] 2) ([] list([([] 3)]))]))',
);
checkDeclarations(
  'int f(void) __attribute__((weak)); int __attribute__((__weak__)) v;',
  '(f function(int []) weak); (v int weak)',
);
checkDeclarations('int f(void) __asm__("g") __attribute__((pure));', '(f function(int []))');
checkDeclarations('register unsigned long r1 asm("r1");', '(r1 unsigned long register)');
checkDeclarations('[[maybe_unused]] int x; _Alignas(8) char y;', '(x int); (y char)');
checkDeclarations('int x __attribute__((aligned(8), section("d")));', '(x int 8)');
checkDeclarations('static x = 3;', '(x int static 3)');
checkDeclarations('enum e { A, B = 2 }; enum e v;', '(v enum(e))');
checkDeclarations('asm(".globl x"); ; _Static_assert(1 > 0); int y;', '(y int)');

function checkTags(text: string, expected: string): void {
  test(`tags ${text}`, () => {
    const unit = parse(text);
    checkClean(unit);
    assert.equal(unit.tags.map(show).join('; '), expected);
  });
}

checkTags('struct s { int a, *b; char c[2]; };', 'record(struct s [(a int) (b pointer(int)) (c array(char 2))])');
checkTags(
  'struct s { unsigned a : 3, : 5, b : 1; };',
  'record(struct s [(a unsigned int 3) (unsigned int 5) (b unsigned int 1)])',
);
checkTags('union u { int a; } __attribute__((packed));', 'record(union u [(a int)] packed)');
checkTags('struct __attribute__((packed, aligned(4))) s { char c; };', 'record(struct s [(c char)] packed 4)');
checkTags('enum { A = 1 << 2, B, };', 'enum((anonymous 1 of t.c:1) [(A binary(<< 1 2)) (B)])');
checkTags(
  'struct s { struct { int a; }; union { int b; } u; struct t *next; };',
  'record(struct (anonymous 1 of t.c:1) [(a int)]); record(union (anonymous 2 of t.c:1) [(b int)]); ' +
    'record(struct s [(record(struct (anonymous 1 of t.c:1) [(a int)])) (u record(union (anonymous 2 of t.c:1) [(b int)])) (next pointer(record(struct t)))])',
);
checkTags('struct s { _Static_assert(1); int a; ; };', 'record(struct s [(a int)])');
checkTags(
  'void f(void) { struct in { int a; }; enum { K }; }',
  'record(struct in [(a int)]); enum((anonymous 1 of t.c:1) [(K)])',
);

function checkGuesses(
  text: string,
  expected: { types?: string; skipped?: string; declares?: string; functions?: string },
) {
  test(`guess ${text}`, () => {
    const unit = parse(text);
    checkClean(unit);
    const { types = '', skipped = '', declares = '', functions = '' } = expected;
    assert.equal([...unit.guessedTypes].join(' '), types);
    assert.equal([...unit.skippedNames].join(' '), skipped);
    assert.equal(unit.declarations.map(show).join('; '), declares);
    assert.equal(unit.functions.map(({ name }) => name).join(' '), functions);
  });
}

// Unknown types, in every place where only a type can stand.
checkGuesses('u32 x; spinlock_t *l, m;', {
  types: 'u32 spinlock_t',
  declares: '(x u32); (l pointer(spinlock_t)); (m spinlock_t)',
});
checkGuesses('const foo_t x; foo_t const *y;', { types: 'foo_t', declares: '(x foo_t); (y pointer(foo_t))' });
checkGuesses('foo_t (*fp)(bar_t, baz_t *);', {
  types: 'foo_t bar_t baz_t',
  declares: '(fp pointer(function(foo_t [(bar_t) (pointer(baz_t))])))',
});
checkGuesses('void f(insn_t i, foo_t) { foo_t a; bar_t *b = 0; a = (baz_t)i; b = (qux *)a; }', {
  types: 'insn_t foo_t bar_t baz_t qux',
  functions: 'f',
});
checkGuesses('void f(void) { __unused int a; foo_t (*b)(int) = g; bar (*c)(d); }', {
  types: 'foo_t',
  skipped: '__unused',
  functions: 'f',
});
checkGuesses('void f(void) { g(sizeof(word), (u8)1, (struct s *)0); for (u32 i = 0; i; ) ; }', {
  types: 'word u8 u32',
  functions: 'f',
});
checkGuesses('struct s { foo_t a; bar_t *b; baz_t (*c)(void); qux_t d : 3; };', { types: 'foo_t bar_t baz_t qux_t' });
checkGuesses('int f(void) { return (LIMIT) - 1 + (MASK) & 3; }', { functions: 'f' });
checkGuesses('int f(int a, int b) { a * b; (a) & b; return (a) - 1; }', { functions: 'f' });
// Attribute macros that no header explained.
checkGuesses('static int __init f(void) { return 0; }', { skipped: '__init', functions: 'f' });
checkGuesses('static size_t __init __f(void) { return 0; }', { types: 'size_t', skipped: '__init', functions: '__f' });
checkGuesses('void notrace __f(unsigned long a) { }', { skipped: 'notrace', functions: '__f' });
checkGuesses('notrace void f(void) { }', { skipped: 'notrace', functions: 'f' });
checkGuesses('__printf(1, 2) void f(const char *s, ...);', {
  skipped: '__printf',
  declares: '(f function(void [(s pointer(char))] variadic))',
});
checkGuesses('int x __read_mostly = 1, y __aligned(8);', {
  skipped: '__read_mostly __aligned',
  declares: '(x int 1); (y int)',
});
checkGuesses('int f(int a) __must_hold(x) __cold;', {
  skipped: '__must_hold __cold',
  declares: '(f function(int [(a int)]))',
});
checkGuesses('void __iomem *p; char __user *__user *q;', {
  skipped: '__iomem __user',
  declares: '(p pointer(void)); (q pointer(pointer(char)))',
});
checkGuesses('int f(void __user *p) { return *(u32 __user *)p + (__force u32)1 + (long __force)p; }', {
  types: 'u32',
  skipped: '__user __force',
  functions: 'f',
});
checkGuesses('struct __layout s { int a __aligned(4); } __packed;', {
  skipped: '__layout __aligned',
  declares: '(__packed record(struct s [(a int)]))',
});
checkGuesses('void f(void) { asm("a" SUFFIX "b" : : CONSTRAINT(x)); asm volatile(INSN(%0, 1) : : "r" (x)); }', {
  skipped: 'SUFFIX CONSTRAINT',
  functions: 'f',
});
// Macros that stand for declarations.
checkGuesses('EXPORT_THING(f);\nint x;', { skipped: 'EXPORT_THING', declares: '(x int)' });
checkGuesses('thing_init(f)\nint x;', { skipped: 'thing_init', declares: '(x int)' });
checkGuesses('static DEFINE_LOCK(l);\nDEFINE_ARRAY(char, a[3]) __aligned(8) = { 1 };\nint x;', {
  skipped: 'DEFINE_LOCK DEFINE_ARRAY',
  declares: '(x int)',
});
checkGuesses('void f(void) { static DEFINE_RATE(r, 5 * HZ, 1); g(&r); }', { skipped: 'DEFINE_RATE', functions: 'f' });
checkGuesses('struct s { DECLARE_MAP(m, 3); fields_start; int a; };', { skipped: 'DECLARE_MAP fields_start' });
checkGuesses('int f(void) { log(LEVEL "x" PRIx "y"); return 0; }', { skipped: 'LEVEL PRIx', functions: 'f' });

function checkDropped(text: string, problems: readonly string[], functions: string): void {
  test(`dropped ${JSON.stringify(text)}`, () => {
    const unit = parse(text);
    assert.deepEqual(
      unit.problems.map(({ kind, text: words, at }) => `${kind} ${at?.line}: ${words}`),
      problems,
    );
    assert.equal(unit.functions.map(({ name }) => name).join(' '), functions);
  });
}

checkDropped(
  'int f(void) { return 1 +; }\nint g(void) { return 2; }',
  ['unparsed 1: function f was dropped: expected an expression but found ;'],
  'g',
);
checkDropped(
  'int f(void)\n{\n\tif (x {\n\t}\n}\nint g(void)\n{\n}\n',
  ['unparsed 3: function f was dropped: expected ) but found {'],
  'g',
);
// One brace too few, one too many: the layout shows where the function ends.
checkDropped(
  'int f(void)\n{\n\tif (x) {\n}\n\nstatic int g(void)\n{\n}\n',
  ['unparsed 7: function f was dropped: expected ; (functions do not nest) but found {'],
  'g',
);
checkDropped(
  'int f(void)\n{\n\tif (x) }\n\t}\n}\nint g(void)\n{\n}\n',
  ['unparsed 3: function f was dropped: expected an expression but found }'],
  'g',
);
checkDropped(
  'int f(void)\n{\n\tx = ;\n\nint g(void)\n{\n}\n',
  ['unparsed 3: function f was dropped: expected an expression but found ;'],
  'g',
);
checkDropped(
  'int a = {1, ;\nint g(void)\n{\n}\n',
  ['unparsed 1: a declaration was dropped: expected an expression but found ;'],
  'g',
);
checkDropped(
  'int f(void) { return 0;',
  ['unparsed 1: function f was dropped: expected } but found the end of the text'],
  '',
);
checkDropped(
  '@\nint x;\nint g(void) { }',
  ['unparsed 1: a declaration was dropped: expected a name to declare but found @'],
  'g',
);
checkDropped(
  'DEFINE_CALL(f, int a)\n{\n\treturn a;\n}\nint g(void) { }',
  ['unparsed 1: the body behind DEFINE_CALL(…) was dropped'],
  'g',
);
checkDropped(
  'void f(void) { for_each_x(a, b) { g(a); } }\nint g(void) { }',
  ['unknown-statement-macro 1: function f was dropped: for_each_x(…) is no call: a statement follows without a ;'],
  'g',
);
checkDropped(
  'void f(void) {\n\tdo_each(a) {\n\t} while_each(a);\n}',
  ['unknown-statement-macro 2: function f was dropped: do_each(…) is no call: a statement follows without a ;'],
  '',
);
checkDropped(
  'void f(void) { g(thing_of(p, struct s, m)); }',
  ['unknown-type-macro 1: function f was dropped: thing_of(…) is no call: struct is among its arguments'],
  '',
);

test('missing macros are named with the first function that needed them', () => {
  const unit = parse('void f(void) { each(x) g(); }\nvoid h(void) { each(x) g(); }\nvoid k(void) { of(struct s); }');
  assert.deepEqual(
    [...unit.missingMacros],
    [
      ['each', 'f'],
      ['of', 'k'],
    ],
  );
  assert.deepEqual(unit.droppedFunctions, ['f', 'h', 'k']);
});

test('a function definition knows its storage, weakness and parameters', () => {
  const unit = parse('static inline int f(int a, char *b) { return a; }\nint __attribute__((weak)) g(void)\n{\n}\n');
  const shown = unit.functions.map(({ name, type, storage, weak, inline, at, body }) =>
    [name, show(type), storage, weak, inline, at.line, body.at.line, body.end.line].join(' '),
  );
  assert.deepEqual(shown, [
    'f function(int [(a int) (b pointer(char))]) static false true 1 1 1',
    'g function(int []) none true false 2 3 4',
  ]);
});

/** The slots of all names `x` in the last function, in order, and how many its variables have. */
function checkSlots(text: string, expected: string): void {
  test(`slots of x in ${text}`, () => {
    const unit = parse(text);
    checkClean(unit);
    const last = unit.functions.at(-1);
    const found: number[] = [];
    const look = (value: unknown): void => {
      if (typeof value !== 'object' || value === null) return;
      const { kind, name, slot } = value as Record<string, unknown>;
      if (kind === 'name' && name === 'x') found.push(slot as number);
      for (const inner of Object.values(value)) look(inner);
    };
    look(last?.body);
    assert.equal(`${found.join(' ')} of ${last?.slots}`, expected);
  });
}
checkSlots('int x; int f(void) { return x; }', '-1 of 0');
checkSlots('int f(int, int x) { return x; }', '1 of 2');
checkSlots('int f(int x) { { int x = 1; x++; } return x; }', '1 0 of 2');
checkSlots('int f(int x) { for (int x = 0; x < 2; ) { int x = 3; x++; } return x; }', '1 2 0 of 3');
checkSlots('int f(void) { enum { x = 1 }; return x; }', '-1 of 0');
checkSlots('int g(int x) { return x; } int f(int y) { return x + y; }', '-1 of 1');
checkSlots('int f(int x) { return ({ typeof(x) y = x; y; }); }', '0 0 of 2');

test('typedef names and the width of long can be given', () => {
  const unit = parse('int x = (T)-1 == 0x100000000;', { typedefs: ['T'], longBits: 32 });
  assert.equal(unit.declarations.map(show).join(), '(x int binary(== cast(T unary(- 1)) 4294967296:long long))');
});

test('nodes stand at the line of their token and carry its macros', () => {
  const tokens = lex('t.c', 'int f(void)\n{\n\treturn\n\t\ta +\n\t\tb;\n}').tokens;
  const marked = tokens.map((token) => (token.text === '+' ? { ...token, line: 9, macros: ['ADD'] } : token));
  const statement = parseUnit('t.c', marked).functions[0]?.body.statements[0];
  assert.ok(statement?.kind === 'return' && statement.value?.kind === 'binary');
  assert.equal(statement.at.line, 3);
  assert.deepEqual(statement.value.at, { file: 't.c', line: 9, macros: ['ADD'] });
  assert.equal(statement.value.right.at.line, 5);
});

/** What a stranger may send: each is given up at the limit on nesting, and the function behind it is still read. */
const many = 100_000;
const deep: Readonly<Record<string, string>> = {
  parentheses: '('.repeat(many),
  braces: '{'.repeat(many),
  calls: `${'a('.repeat(many)};`,
  operators: `${'1+'.repeat(many)}1;`,
  signs: `${'- '.repeat(many)}1;`,
  casts: `${'(int)'.repeat(many)}1;`,
  conditionals: `${'1?1:'.repeat(many)}1;`,
  assignments: `${'a='.repeat(many)}1;`,
  indices: `a${'[0]'.repeat(many)};`,
  else: `${'if(1);else '.repeat(many)};`,
  cases: `switch (1) { ${'case 1:'.repeat(many)} }`,
  pointers: `int ${'*'.repeat(many)}x;`,
  'statement expressions': '({'.repeat(many),
  typeof: `int x; ${'typeof('.repeat(many)}`,
  structs: 'struct { '.repeat(many),
  initialisers: `int x = ${'{'.repeat(many)}`,
  loops: 'do '.repeat(many),
};
for (const [name, body] of Object.entries(deep)) {
  test(`too deep: ${name}`, () => {
    const unit = parse(`int f(void)\n{\n${body}\n}\nint g(void)\n{\n}\n`);
    assert.deepEqual(
      unit.functions.map((definition) => definition.name),
      ['g'],
    );
    assert.match(unit.problems[0]?.text ?? '', /nestingMax|fewer labels/);
  });
}

test('no tokens make it throw, and what is read ends', () => {
  const words = (
    'int T struct s { } ( ) [ ] ; , = * & x y 1 "s" if else for while do switch case default : return goto ... ' +
    'typedef enum union __attribute__ (( )) asm sizeof typeof ? + -> . ({ }) # @ static const EACH(x) offsetof( \n \n}\n'
  ).split(' ');
  const text = fc.array(fc.constantFrom(...words), { maxLength: 50 }).map((list) => list.join(' '));
  fc.assert(
    fc.property(text, (source) => parse(`int f(void) {\n${source}`).file === 't.c'),
    { seed: 3, numRuns: 3000 },
  );
  fc.assert(
    fc.property(text, (source) => parse(source).file === 't.c'),
    { seed: 4, numRuns: 3000 },
  );
});
