/** What a process of the daemon does: all of it, or some of it where others do the rest on the same PostgreSQL. */
export const roles = ['fetch', 'analyse', 'post', 'http'] as const;
export type Role = (typeof roles)[number];

type RolesRead =
  | { readonly roles: ReadonlySet<Role>; readonly problem: null }
  | { readonly roles: null; readonly problem: string };

/** @param given words with commas between them, several times; none means all */
export function readRoles(given: readonly string[]): RolesRead {
  if (given.length === 0) return { roles: new Set(roles), problem: null };
  const read = new Set<Role>();
  for (const word of given.flatMap((text) => text.split(',')).map((text) => text.trim())) {
    const role = roles.find((one) => one === word);
    if (role === undefined) return { roles: null, problem: `"${word}" is no role; roles are ${roles.join(', ')}` };
    read.add(role);
  }
  return { roles: read, problem: null };
}
