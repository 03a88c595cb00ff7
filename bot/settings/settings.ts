/**
 * The operator's settings: config/defaults.yaml, or a file of the same shape. An unknown or missing key, or a value of the wrong
 * kind, is refused with its line, and the nearest right key is named: a setting that is silently ignored looks like one that works.
 *
 * Example: `from:` with a key `adress` in line 4 gives `bot.yaml:4: from.adress: there is no such key; did you mean address?`
 * and `bot.yaml:3: from.address is missing`.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { closest, distance } from 'fastest-levenshtein';
import { type Document, isMap, isNode, LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { type Settings, settingsSchema } from './schema.ts';

/** Does a file look like what Kconfig writes? */
const isKernelConfig = (text: string) => /^(CONFIG_\w+=|# CONFIG_\w+ is not set$)/m.test(text);

export const defaultsFile = join(import.meta.dirname, '../../config/defaults.yaml');

/** @throws Error in words for the operator, a line for each thing that is wrong: where in which file, and how */
export function loadSettings(file: string = defaultsFile): Settings {
  const read = readSettings(file);
  if (read.settings === null) throw new Error(read.problems.join('\n'));
  return read.settings;
}

export type SettingsRead =
  | { readonly settings: Settings; readonly problems: readonly [] }
  | { readonly settings: null; readonly problems: readonly string[] };

/** The settings, or all that is wrong with them, in the order of the file. */
export function readSettings(file: string): SettingsRead {
  const refused = (...problems: readonly string[]) => ({ settings: null, problems });
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return refused(`${file} cannot be read (${code ?? message}); give settings such as config/defaults.yaml`);
  }
  if (isKernelConfig(text)) return refused(`${file} is a kernel's .config, and no settings: use --config ${file}`);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const [error] = document.errors;
  if (error !== undefined) return refused(`${file}:${lines.linePos(error.pos[0]).line}: no YAML: ${error.message}`);
  const checked = settingsSchema.safeParse(document.toJS({ maxAliasCount: 100 }));
  if (checked.success) return { settings: checked.data, problems: [] };
  const lineOf = (path: Path) => lines.linePos(offsetOf(document, path)).line;
  const isThere = (path: Path) => path.length === 0 || document.hasIn(path);
  const told = checked.error.issues.flatMap((issue) => tell(issue, { lineOf, isThere }));
  return refused(...told.sort((a, b) => a.line - b.line).map(({ line, words }) => `${file}:${line}: ${words}`));
}

type Path = readonly PropertyKey[];
interface Told {
  readonly line: number;
  readonly words: string;
}

interface Places {
  readonly lineOf: (path: Path) => number;
  readonly isThere: (path: Path) => boolean;
}

function tell(issue: z.core.$ZodIssue, { lineOf, isThere }: Places): Told[] {
  const { path } = issue;
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({
      line: lineOf([...path, key]),
      words: `${nameOf([...path, key])}: there is no such key${meant(key, keysAt(path))}`,
    }));
  // A key that is not there has no line of its own: the object that lacks it has.
  if (!isThere(path)) return [{ line: lineOf(path.slice(0, -1)), words: `${nameOf(path)} is missing` }];
  return [{ line: lineOf(path), words: `${nameOf(path)}: ${issue.message}` }];
}

/** As `lists[0].mode`. */
const nameOf = (path: Path) =>
  path.reduce<string>((name, part) => {
    if (typeof part === 'number') return `${name}[${part}]`;
    return name === '' ? String(part) : `${name}.${String(part)}`;
  }, '') || 'the file';

function meant(key: string, keys: readonly string[]): string {
  if (keys.length === 0) return '';
  const nearest = closest(key, [...keys]);
  return distance(key, nearest) <= Math.max(2, key.length / 2)
    ? `; did you mean ${nearest}?`
    : `; there are ${keys.join(', ')}`;
}

interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
}

/** The keys that an object of the settings may have. */
function keysAt(path: Path): readonly string[] {
  const whole = z.toJSONSchema(settingsSchema, { io: 'input', unrepresentable: 'any' }) as JsonSchema;
  let schemas: readonly JsonSchema[] = [whole];
  for (const part of path)
    schemas = schemas
      .flatMap(alternatives)
      .flatMap(({ properties, items }) => (typeof part === 'number' ? items : properties?.[String(part)]) ?? []);
  return [...new Set(schemas.flatMap(alternatives).flatMap(({ properties }) => Object.keys(properties ?? {})))];
}

const alternatives = (schema: JsonSchema): readonly JsonSchema[] =>
  [schema.anyOf, schema.oneOf]
    .flatMap((list) => list ?? [])
    .flatMap(alternatives)
    .concat(schema);

/** Where in the text a key stands, or what is nearest to it. */
function offsetOf(document: Document, path: Path): number {
  for (let length = path.length; length > 0; length--) {
    const parent = length === 1 ? document.contents : document.getIn(path.slice(0, length - 1), true);
    const key = path[length - 1];
    const pair = isMap(parent)
      ? parent.items.find((item) => isNode(item.key) && String(item.key) === String(key))
      : null;
    if (pair && isNode(pair.key)) return pair.key.range?.[0] ?? 0;
    const node = document.getIn(path.slice(0, length), true);
    if (isNode(node)) return node.range?.[0] ?? 0;
  }
  return 0;
}
