/**
 * Verdicts by their address (bot/verdicts/), so that what one process judged no other judges again; and claims, so that two do
 * not judge the same patch at once. Nothing here is missed when it is gone: it is judged again then. All times are the
 * database's.
 */
import { type Kysely, sql } from 'kysely';
import type { Tables } from './tables.ts';

interface KeptVerdict {
  readonly patch: string;
  readonly key: string;
  /** Base64. */
  readonly content: string;
}

/** Of a patch, on trees and at levels that differ. */
const ofPatchMax = 8;
/** One that was of no use for so long is of an older program, or of a patch that nobody sends any more. */
const unusedDaysMax = 60;
/** Of some kilobytes each. */
const keptMax = 200_000;

export async function keptVerdictsOf(db: Kysely<Tables>, patches: readonly string[]): Promise<readonly KeptVerdict[]> {
  if (patches.length === 0) return [];
  const { rows } = await sql<{ key: string; patch: string; content: Buffer }>`
    select key, patch, content
      from (select *, row_number() over (partition by patch order by used_at desc) as nth
              from kept_verdicts where patch = any(${patches}::text[])) as known
      where nth <= ${ofPatchMax}`.execute(db);
  return rows.map(({ key, patch, content }) => ({ key, patch, content: content.toString('base64') }));
}

/** One that is there already has been of use. */
export async function keepVerdict(db: Kysely<Tables>, { key, patch, content }: KeptVerdict): Promise<void> {
  await sql`insert into kept_verdicts (key, patch, content) values (${key}, ${patch}, ${Buffer.from(content, 'base64')})
    on conflict (key) do update set used_at = now()`.execute(db);
}

/** Those that were of use longest ago go. */
export async function forgetVerdicts(db: Kysely<Tables>): Promise<void> {
  await sql`delete from kept_verdicts where used_at < now() - ${unusedDaysMax}::int * interval '1 day'
    or key in (select key from kept_verdicts order by used_at desc offset ${keptMax})`.execute(db);
  await sql`delete from patch_claims where until < now()`.execute(db);
}

/** @returns whether all are the holder's now, for some seconds; none is where one is somebody else's */
export async function claimPatches(
  db: Kysely<Tables>,
  patches: readonly string[],
  { holder, seconds }: { readonly holder: string; readonly seconds: number },
): Promise<boolean> {
  const wanted = [...new Set(patches)].sort();
  return db.transaction().execute(async (tx) => {
    const { rows } = await sql<{ patch: string }>`
      insert into patch_claims (patch, holder, until)
        select patch, ${holder}, now() + ${seconds}::int * interval '1 second'
          from unnest(${wanted}::text[]) as patch order by patch
        on conflict (patch) do update set holder = excluded.holder, until = excluded.until
          where patch_claims.until < now() or patch_claims.holder = excluded.holder
        returning patch`.execute(tx);
    if (rows.length === wanted.length) return true;
    await releasePatches(tx, { holder });
    return false;
  });
}

/** Those that it still has. */
export async function renewPatches(
  db: Kysely<Tables>,
  { holder, seconds }: { readonly holder: string; readonly seconds: number },
): Promise<void> {
  await sql`update patch_claims set until = now() + ${seconds}::int * interval '1 second'
    where holder = ${holder}`.execute(db);
}

/** Of a holder all, or the one of a patch. */
export async function releasePatches(
  db: Kysely<Tables>,
  { holder, patch }: { readonly holder: string; readonly patch?: string },
): Promise<void> {
  await db
    .deleteFrom('patch_claims')
    .where('holder', '=', holder)
    .$if(patch !== undefined, (claims) => claims.where('patch', '=', patch!))
    .execute();
}

/** Where nobody else can have any, those that are there are of a process that was killed. */
export async function releaseAllPatches(db: Kysely<Tables>): Promise<void> {
  await db.deleteFrom('patch_claims').execute();
}
