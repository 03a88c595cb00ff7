/** A step from one schema to the next: forward only, and never changed once it was released. */
export interface Migration {
  /** 1, 2, …, as in its file's name. */
  readonly number: number;
  readonly name: string;
  /**
   * The oldest schema whose program goes on working on this one, and may be started on it: what is added there it does not read, and
   * what it writes is whole without it. Left out, or this number itself, where there is none: then all processes are stopped first.
   */
  readonly oldest?: number;
  /** One at a time: PGlite takes no two in a query. */
  readonly statements: readonly string[];
}
