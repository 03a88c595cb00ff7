/** Which store a command works on: that of the settings, unless it is told another. */
import { defaultsFile, readSettings } from './settings/settings.ts';
import { openStore, type Place, placeOf, type Store } from './store/store.ts';

export interface StoreChoice {
  readonly store?: string;
  readonly settings?: string;
}

/** Says on standard error what is wrong with the settings. */
export function chosenPlace(
  command: string,
  { store, settings: file }: StoreChoice,
  err: (text: string) => void,
): Place | null {
  if (store !== undefined) return placeOf(store);
  const { settings, problems } = readSettings(file ?? defaultsFile);
  for (const problem of problems) err(`${command}: ${problem}\n`);
  return settings === null ? null : placeOf(settings.store.url ?? settings.store.directory);
}

/** Says on standard error why it cannot be opened. */
export async function openChosen(
  command: string,
  choice: StoreChoice,
  err: (text: string) => void,
): Promise<Store | null> {
  const place = chosenPlace(command, choice, err);
  if (place === null) return null;
  const { store, problem } = await openStore(place, { holder: command });
  if (problem !== null) err(`${command}: ${problem.text}\n`);
  return store;
}
