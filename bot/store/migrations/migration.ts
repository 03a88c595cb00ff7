/** A step from one schema to the next: forward only, and never changed once it was released. */
export interface Migration {
  /** 1, 2, …, as in its file's name. */
  readonly number: number;
  readonly name: string;
  /** One at a time: PGlite takes no two in a query. */
  readonly statements: readonly string[];
}
