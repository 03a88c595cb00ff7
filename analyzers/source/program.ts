/**
 * Units linked into one program: functions, globals, types and constants by name. A function that is not weak wins over a
 * weak one; static functions of different files keep apart: a call finds the one of its own file first.
 */
import type { Declaration, FunctionDefinition, TypeSyntax, Unit } from './ast.ts';
import type { Problem } from './place.ts';

export interface LinkOptions {
  readonly pointerBytes: 4 | 8;
  readonly littleEndian: boolean;
}

export interface Program {
  readonly options: LinkOptions;
  readonly functions: ReadonlyMap<string, FunctionDefinition>;
  /** Static functions by file and name. */
  readonly statics: ReadonlyMap<string, ReadonlyMap<string, FunctionDefinition>>;
  readonly globals: ReadonlyMap<string, Declaration>;
  readonly typedefs: ReadonlyMap<string, TypeSyntax>;
  readonly records: ReadonlyMap<string, TypeSyntax & { readonly kind: 'record' }>;
  readonly enums: ReadonlyMap<string, TypeSyntax & { readonly kind: 'enum' }>;
  readonly prototypes: ReadonlyMap<string, TypeSyntax>;
  readonly problems: readonly Problem[];
}

export function link(units: readonly Unit[], options: LinkOptions): Program {
  const functions = new Map<string, FunctionDefinition>();
  const statics = new Map<string, Map<string, FunctionDefinition>>();
  const globals = new Map<string, Declaration>();
  const typedefs = new Map<string, TypeSyntax>();
  const records = new Map<string, TypeSyntax & { readonly kind: 'record' }>();
  const enums = new Map<string, TypeSyntax & { readonly kind: 'enum' }>();
  const prototypes = new Map<string, TypeSyntax>();
  const problems: Problem[] = [];
  for (const unit of units) {
    problems.push(...unit.problems);
    for (const definition of unit.functions) {
      if (definition.storage === 'static') {
        const file = definition.at.file;
        let own = statics.get(file);
        if (own === undefined) {
          own = new Map();
          statics.set(file, own);
        }
        if (!own.has(definition.name)) own.set(definition.name, definition);
      }
      addFunction(functions, definition, problems);
    }
    for (const declaration of unit.declarations) {
      if (declaration.storage === 'typedef') {
        if (!typedefs.has(declaration.name)) typedefs.set(declaration.name, declaration.type);
      } else if (declaration.type.kind === 'function') prototypes.set(declaration.name, declaration.type);
      else addGlobal(globals, declaration);
    }
    for (const tag of unit.tags) {
      if (tag.members === null) continue;
      if (tag.kind === 'record') {
        if (!records.has(tag.tag)) records.set(tag.tag, tag);
      } else if (!enums.has(tag.tag)) enums.set(tag.tag, tag);
    }
  }
  return { options, functions, statics, globals, typedefs, records, enums, prototypes, problems };
}

function addFunction(
  functions: Map<string, FunctionDefinition>,
  definition: FunctionDefinition,
  problems: Problem[],
): void {
  const known = functions.get(definition.name);
  const replaces =
    known === undefined ||
    (known.weak && !definition.weak) ||
    (known.storage === 'static' && definition.storage !== 'static' && !definition.weak);
  if (replaces) functions.set(definition.name, definition);
  else if (!definition.weak && definition.storage !== 'static' && !definition.inline && known.storage !== 'static') {
    problems.push({
      kind: 'defined-twice',
      text: `${definition.name}() is defined twice; the first is used`,
      at: definition.at,
    });
  }
}

/** The declaration with an initialiser is the definition; else the one that is not extern. */
function addGlobal(globals: Map<string, Declaration>, declaration: Declaration): void {
  const known = globals.get(declaration.name);
  const better =
    known === undefined ||
    (known.init === null && declaration.init !== null) ||
    (known.storage === 'extern' && declaration.storage !== 'extern');
  if (better) globals.set(declaration.name, declaration);
}
