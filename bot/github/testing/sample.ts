/** The smallest value that a schema of GitHub's description allows: what an answer must hold besides what a test is about. */
import { definition } from '../../sources/github/fake-server.ts';

interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly format?: string;
  readonly nullable?: boolean;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
}
type Components = { readonly schemas: Readonly<Record<string, Schema>> };
const { schemas } = definition.components as unknown as Components;
const kept = new Map<string, unknown>();

/** @param name of a schema of the description */
export function sampleOf(name: string): Record<string, unknown> {
  if (!kept.has(name)) kept.set(name, smallest({ ...schemas[name], nullable: false }));
  return structuredClone(kept.get(name)) as Record<string, unknown>;
}

function smallest(schema: Schema): unknown {
  if (schema.$ref !== undefined) return smallest(schemas[schema.$ref.split('/').at(-1) ?? ''] ?? {});
  if (schema.nullable === true) return null;
  if (schema.enum !== undefined) return schema.enum[0];
  if (schema.allOf !== undefined) return Object.assign({}, ...schema.allOf.map(smallest));
  const [either] = schema.anyOf ?? schema.oneOf ?? [];
  if (either !== undefined) return smallest(either);
  switch (schema.type) {
    case 'array':
      return [];
    case 'boolean':
      return false;
    case 'integer':
    case 'number':
      return schema.minimum ?? 1;
    case 'string':
      return formats[schema.format ?? ''] ?? 'x';
    default:
      return Object.fromEntries(
        (schema.required ?? []).map((name) => [name, smallest(schema.properties?.[name] ?? { type: 'string' })]),
      );
  }
}

const formats: Readonly<Record<string, string>> = {
  uri: 'https://api.github.com/x',
  'date-time': '2026-01-01T00:00:00Z',
  email: 'x@example.org',
};
