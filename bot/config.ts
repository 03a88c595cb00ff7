/**
 * The operator's settings: config/defaults.yaml, or a file of the same shape. An unknown key or a value of the wrong kind is
 * refused, with its name: a setting that is silently ignored looks like one that works.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';

const mailbox = z.string().regex(/^[^\s<>@]+@[^\s<>@]+$/, 'is not a mailbox');
const noLineBreak = z.string().regex(/^[^\r\n]+$/, 'must be one line');

const schema = z.strictObject({
  from: z.strictObject({ name: noLineBreak.regex(/\bbot\b/i, 'must say that it is a bot'), address: mailbox }),
  domain: z.string().regex(/^[\w.-]+$/, 'is not a domain'),
  lists: z.array(mailbox),
  listHosts: z.array(z.string()),
  optedOut: z.array(mailbox),
  passTrailer: z.string().regex(/^[A-Z][A-Za-z-]*-by$/, 'is not the name of a trailer, such as Emulation-reviewed-by'),
  archive: noLineBreak.regex(/\{msgid\}/, 'must hold {msgid}'),
  github: z.strictObject({
    repository: z
      .string()
      .regex(/^[\w.-]+\/[\w.-]+$/, 'is not OWNER/NAME')
      .nullable(),
    api: z.url({ protocol: /^https?$/ }).transform((url) => url.replace(/\/+$/, '')),
  }),
  replay: noLineBreak.regex(/\{schedule\}/, 'must hold {schedule}'),
});
export type Config = z.infer<typeof schema>;

/** Does a file look like what Kconfig writes? */
const isKernelConfig = (text: string) => /^(CONFIG_\w+=|# CONFIG_\w+ is not set$)/m.test(text);

const defaultsFile = join(import.meta.dirname, '../config/defaults.yaml');

/** @throws Error in words for the operator: which key of which file is wrong, and how */
export function loadConfig(file: string = defaultsFile): Config {
  const text = read(file);
  if (isKernelConfig(text)) throw new Error(`${file} is a kernel's .config, and no settings: use --config ${file}`);
  const checked = schema.safeParse(parsed(file, text));
  if (checked.success) return checked.data;
  const wrong = checked.error.issues.map(({ path, message }) => `${path.join('.') || 'the file'}: ${message}`);
  throw new Error(`${file}: ${wrong.join('; ')}`);
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new Error(`${file} cannot be read (${code ?? message}); give settings such as config/defaults.yaml`);
  }
}

function parsed(file: string, text: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    const why = error instanceof Error ? error.message.split('\n')[0]?.replace(/:$/, '') : error;
    throw new Error(`${file} is no YAML: ${why}`);
  }
}
