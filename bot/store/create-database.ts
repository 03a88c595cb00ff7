/** `node create-database.ts DIR`: an empty PGlite database. A process of its own, for what initdb takes of memory. */
import { PGlite } from '@electric-sql/pglite';
import { pgliteOptions } from './pglite.ts';

const pglite = await PGlite.create({ ...pgliteOptions, dataDir: process.argv[2] ?? '' });
await pglite.close();
