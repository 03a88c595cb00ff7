/**
 * The syntax tree of preprocessed kernel C: what parse.ts makes and the interpreter walks. Values are readonly and
 * tagged by `kind`; every node carries its `at`. GNU C as kernels use it: statement expressions, typeof, designated
 * initialisers, case ranges, asm, attributes (dropped except `weak`, `packed`, `aligned`), zero-length arrays, labels.
 *
 * Example: `rec->flags & 1` is Binary('&', Member(Name('rec'), 'flags', arrow), Integer(1)).
 */
import type { Place, Problem } from './place.ts';

/** A type as written, before names are resolved; resolution to sizes is types.ts's work. */
export type TypeSyntax =
  | { readonly kind: 'base'; readonly name: BaseTypeName }
  | { readonly kind: 'named'; readonly name: string } // a typedef name
  | {
      readonly kind: 'record';
      readonly what: 'struct' | 'union';
      readonly tag: string; // anonymous ones get a unique tag
      readonly members: readonly MemberSyntax[] | null; // null: only a reference
      readonly packed: boolean;
      readonly aligned?: Expression;
    }
  | { readonly kind: 'enum'; readonly tag: string; readonly members: readonly EnumMember[] | null }
  | { readonly kind: 'pointer'; readonly to: TypeSyntax }
  | { readonly kind: 'array'; readonly of: TypeSyntax; readonly length: Expression | null }
  | {
      readonly kind: 'function';
      readonly returns: TypeSyntax;
      readonly parameters: readonly Parameter[];
      readonly variadic: boolean;
    }
  | { readonly kind: 'typeof'; readonly expression: Expression | null; readonly type: TypeSyntax | null };

export type BaseTypeName =
  | 'void'
  | 'bool'
  | 'char'
  | 'signed char'
  | 'unsigned char'
  | 'short'
  | 'unsigned short'
  | 'int'
  | 'unsigned int'
  | 'long'
  | 'unsigned long'
  | 'long long'
  | 'unsigned long long'
  | 'float'
  | 'double'
  | '__int128'
  | 'unsigned __int128';

export interface MemberSyntax {
  readonly name: string | null; // null: anonymous struct or union, or unnamed bit-field
  readonly type: TypeSyntax;
  readonly bits: Expression | null;
  readonly aligned?: Expression;
}
export interface EnumMember {
  readonly name: string;
  /** Where it is defined. */
  readonly file: string;
  readonly value: Expression | null;
}
export interface Parameter {
  readonly name: string | null;
  readonly type: TypeSyntax;
}

export type Expression = { readonly at: Place } & (
  | { readonly kind: 'integer'; readonly value: bigint; readonly type: BaseTypeName } // character constants too, type int
  | { readonly kind: 'floating'; readonly text: string }
  | { readonly kind: 'string'; readonly value: string } // adjacent literals joined, escapes decoded, no final NUL
  | { readonly kind: 'name'; readonly name: string; readonly slot: number } // of the variable in its function; -1 for none
  | { readonly kind: 'unary'; readonly operator: '+' | '-' | '~' | '!' | '*' | '&'; readonly operand: Expression }
  | {
      readonly kind: 'increment';
      readonly operator: '++' | '--';
      readonly prefix: boolean;
      readonly operand: Expression;
    }
  | {
      readonly kind: 'binary';
      readonly operator: BinaryOperator;
      readonly left: Expression;
      readonly right: Expression;
    }
  | {
      readonly kind: 'assign';
      readonly operator: '=' | `${ArithmeticOperator}=`;
      readonly left: Expression;
      readonly right: Expression;
    }
  | {
      readonly kind: 'conditional';
      readonly test: Expression;
      readonly then: Expression | null;
      readonly else: Expression;
    } // then null: a ?: b
  | { readonly kind: 'comma'; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'call'; readonly callee: Expression; readonly args: readonly Expression[] }
  | { readonly kind: 'member'; readonly object: Expression; readonly name: string; readonly arrow: boolean }
  | { readonly kind: 'index'; readonly object: Expression; readonly index: Expression }
  | { readonly kind: 'cast'; readonly type: TypeSyntax; readonly operand: Expression }
  | { readonly kind: 'compound'; readonly type: TypeSyntax; readonly init: Initializer } // (struct x){ … }
  | { readonly kind: 'sizeof'; readonly type: TypeSyntax | null; readonly operand: Expression | null }
  | { readonly kind: 'alignof'; readonly type: TypeSyntax }
  | { readonly kind: 'offsetof'; readonly type: TypeSyntax; readonly path: readonly (string | Expression)[] }
  | { readonly kind: 'statements'; readonly body: Block } // ({ … })
  | { readonly kind: 'labelAddress'; readonly label: string } // &&label
  | {
      readonly kind: 'generic';
      readonly control: Expression;
      readonly options: readonly { readonly type: TypeSyntax | null; readonly value: Expression }[];
    }
  | { readonly kind: 'typesCompatible'; readonly left: TypeSyntax; readonly right: TypeSyntax }
  | { readonly kind: 'choose'; readonly test: Expression; readonly then: Expression; readonly else: Expression } // __builtin_choose_expr
  | { readonly kind: 'vaArg'; readonly list: Expression; readonly type: TypeSyntax }
);

export type ArithmeticOperator = '+' | '-' | '*' | '/' | '%' | '<<' | '>>' | '&' | '|' | '^';
export type BinaryOperator = ArithmeticOperator | '&&' | '||' | '==' | '!=' | '<' | '>' | '<=' | '>=';

export type Initializer =
  | { readonly kind: 'expression'; readonly value: Expression }
  | { readonly kind: 'list'; readonly at: Place; readonly items: readonly InitializerItem[] };
export interface InitializerItem {
  readonly designators: readonly Designator[]; // empty: the next element
  readonly value: Initializer;
}
export type Designator =
  | { readonly kind: 'field'; readonly name: string }
  | { readonly kind: 'index'; readonly from: Expression; readonly to: Expression | null };

export type Statement = { readonly at: Place } & (
  | { readonly kind: 'expression'; readonly expression: Expression }
  | { readonly kind: 'empty' }
  | { readonly kind: 'block'; readonly block: Block }
  | { readonly kind: 'if'; readonly test: Expression; readonly then: Statement; readonly else: Statement | null }
  | { readonly kind: 'while'; readonly test: Expression; readonly body: Statement }
  | { readonly kind: 'do'; readonly test: Expression; readonly body: Statement }
  | {
      readonly kind: 'for';
      readonly init: Statement | null;
      readonly test: Expression | null;
      readonly step: Expression | null;
      readonly body: Statement;
    }
  | { readonly kind: 'switch'; readonly value: Expression; readonly body: Statement }
  | { readonly kind: 'case'; readonly from: Expression; readonly to: Expression | null; readonly body: Statement } // to: GNU range
  | { readonly kind: 'default'; readonly body: Statement }
  | { readonly kind: 'break' }
  | { readonly kind: 'continue' }
  | { readonly kind: 'return'; readonly value: Expression | null }
  | { readonly kind: 'goto'; readonly label: string }
  | { readonly kind: 'gotoComputed'; readonly target: Expression }
  | { readonly kind: 'label'; readonly name: string; readonly body: Statement }
  | { readonly kind: 'declaration'; readonly declarations: readonly Declaration[] } // empty: only a type was declared
  | { readonly kind: 'asm'; readonly asm: Asm }
);
export interface Block {
  readonly at: Place;
  readonly end: Place; // the closing brace
  readonly statements: readonly Statement[];
}

/** Inline assembly: template text (joined) and its operands; `symbols` are the [names], '' where unnamed. */
export interface Asm {
  readonly template: string;
  readonly volatile: boolean;
  readonly outputs: readonly AsmOperand[];
  readonly inputs: readonly AsmOperand[];
  readonly clobbers: readonly string[];
  readonly labels: readonly string[]; // asm goto
}
export interface AsmOperand {
  readonly symbol: string;
  readonly constraint: string;
  readonly value: Expression;
}

export type Storage = 'none' | 'static' | 'extern' | 'register' | 'typedef';

export interface Declaration {
  readonly at: Place;
  readonly name: string;
  readonly type: TypeSyntax;
  readonly storage: Storage;
  readonly init: Initializer | null;
  readonly weak: boolean;
  /** Value of __attribute__((cleanup(f))): called when the scope ends (scoped guards). */
  readonly cleanup: string | null;
  /** Which of its function's variables it declares; -1 for none. */
  readonly slot: number;
  readonly aligned?: Expression;
}

export interface FunctionDefinition {
  readonly at: Place;
  readonly name: string;
  readonly type: TypeSyntax & { readonly kind: 'function' };
  readonly storage: Storage;
  readonly weak: boolean;
  readonly inline: boolean;
  readonly body: Block;
  /** How many variables it has: parameters first, in order, named or not. */
  readonly slots: number;
  /** Line of the closing brace, in the file of `at`. */
  readonly end: number;
}

/** A translation unit. A function or declaration that did not parse is left out and named in `problems`, with its place. */
export interface Unit {
  readonly file: string;
  readonly functions: readonly FunctionDefinition[];
  readonly declarations: readonly Declaration[]; // globals, prototypes, typedefs, in order
  /** struct, union and enum definitions met at file scope or inside, in order of appearance. */
  readonly tags: readonly (TypeSyntax & { readonly kind: 'record' | 'enum' })[];
  readonly problems: readonly Problem[];
}
