/**
 * Declarations, in blocks and at file scope. The one idea: reading stops at the `{` of a function's body, so the same
 * function reads `int a, *b = &a;` and the head of `int f(void) { … }`.
 *
 * Example: `static u32 x = 1, y[2];` is two declarations of storage static.
 */
import type { Declaration, Initializer, TypeSyntax } from './ast.ts';
import { type Attributes, parseAttributes, skipAsmLabel } from './parse-attribute.ts';
import { accept, type Cursor, expect, fail, isNext, peek, skipBracket } from './parse-cursor.ts';
import { type Declarator, parseDeclarator } from './parse-declarator.ts';
import { findMacroDeclaration } from './parse-guess.ts';
import { parseInitializer } from './parse-initializer.ts';
import { declare, declareVariable } from './parse-names.ts';
import { skipTrailingMacros } from './parse-record.ts';
import { implicitInt, parseSpecifiers, type Specifiers } from './parse-type.ts';
import { placeOf, type Token } from './token.ts';

/** The head of a function definition; its body stands next. */
export interface FunctionHead {
  readonly specifiers: Specifiers;
  readonly name: Token;
  readonly type: TypeSyntax & { readonly kind: 'function' };
  readonly weak: boolean;
}

/** One declaration in a block, up to its `;`. One that only a macro could explain (`static LIST(x);`) declares nothing. */
export function parseDeclarations(cursor: Cursor): Declaration[] {
  if (skipStaticAssert(cursor)) return [];
  const macro = findMacroDeclaration(cursor);
  if (macro !== null && !macro.opensBody) {
    cursor.skippedNames.add(macro.name.text);
    cursor.at = macro.behind;
    return [];
  }
  const result = parseDeclarationsOrHead(cursor);
  return Array.isArray(result) ? result : fail(cursor, '; (functions do not nest)');
}

/** One declaration up to its `;`, or the head of a function definition up to its `{`. */
export function parseDeclarationsOrHead(cursor: Cursor): Declaration[] | FunctionHead {
  const specifiers = parseSpecifiers(cursor);
  const declarations: Declaration[] = [];
  if (accept(cursor, ';')) return declarations;
  const base = specifiers.type ?? implicitInt;
  for (;;) {
    const declarator = parseDeclarator(cursor, base);
    const { name, type } = declarator;
    if (name === null) fail(cursor, 'a name to declare');
    const attributes = parseBehindDeclarator(cursor, specifiers, declarator);
    const slot = declareName(cursor, name.text, specifiers);
    if (isNext(cursor, '{') && declarations.length === 0 && type.kind === 'function') {
      return { specifiers, name, type, weak: attributes.weak };
    }
    const init = accept(cursor, '=') ? parseInitializer(cursor) : null;
    declarations.push({
      at: placeOf(name),
      name: name.text,
      type: specifiers.auto && specifiers.type === null ? typeOfInitializer(type, init) : type,
      storage: specifiers.storage,
      init,
      weak: attributes.weak,
      cleanup: attributes.cleanup,
      slot,
      ...(attributes.aligned && { aligned: attributes.aligned }),
    });
    if (accept(cursor, ';')) return declarations;
    expect(cursor, ',');
  }
}

/** Attributes, `asm("label")` and attribute macros between a declarator and its `=`, `,`, `;` or `{`. */
function parseBehindDeclarator(cursor: Cursor, specifiers: Specifiers, declarator: Declarator): Attributes {
  const own = declarator.attributes;
  for (let at = -1; at !== cursor.at; ) {
    at = cursor.at;
    skipAsmLabel(cursor);
    parseAttributes(cursor, own);
    skipTrailingMacros(cursor);
  }
  const shared = specifiers.attributes;
  return {
    weak: own.weak || shared.weak,
    packed: own.packed || shared.packed,
    aligned: own.aligned ?? shared.aligned,
    cleanup: own.cleanup ?? shared.cleanup,
  };
}

function declareName(cursor: Cursor, name: string, { storage }: Specifiers): number {
  if (storage !== 'typedef') return declareVariable(cursor, name);
  declare(cursor, name, 'type');
  return -1;
}

function typeOfInitializer(type: TypeSyntax, init: Initializer | null): TypeSyntax {
  if (init?.kind !== 'expression') return type;
  return { kind: 'typeof', expression: init.value, type: null };
}

/** `_Static_assert(…);` says nothing about what runs. */
export function skipStaticAssert(cursor: Cursor): boolean {
  const { text } = peek(cursor);
  if ((text !== '_Static_assert' && text !== 'static_assert') || peek(cursor, 1).text !== '(') return false;
  cursor.at++;
  skipBracket(cursor);
  accept(cursor, ';');
  return true;
}
