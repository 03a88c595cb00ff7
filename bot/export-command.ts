/** `export`: everything that is kept, to standard output. */
import { exportAll } from './store/export.ts';
import { openChosen, type StoreChoice } from './store-option.ts';

export interface ExportOptions {
  readonly choice: StoreChoice;
  /** Resolves when more can be taken. */
  readonly write: (text: string) => Promise<void>;
  readonly err: (text: string) => void;
}

/** @returns the exit status: 0, or 2 where the store cannot be opened */
export async function exportCommand({ choice, write, err }: ExportOptions): Promise<number> {
  const store = await openChosen('export', choice, err);
  if (store === null) return 2;
  try {
    await exportAll(store.db, write);
    return 0;
  } finally {
    await store.close();
  }
}
