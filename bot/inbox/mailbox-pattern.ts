/** Patterns of mailboxes as IMAP's LIST has them (RFC 3501, 6.3.8): `*` is anything, `%` anything without the delimiter. */

export const isPattern = (name: string) => /[*%]/.test(name);

export function matchesPattern(path: string, pattern: string, delimiter: string): boolean {
  const within = delimiter === '' ? '.*' : `[^${quoted(delimiter)}]*`;
  const source = pattern.replace(/[*%]|[^*%]+/g, (part) =>
    part === '*' ? '.*' : part === '%' ? within : quoted(part),
  );
  return new RegExp(`^${source}$`, 'su').test(path);
}

const quoted = (text: string) => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
