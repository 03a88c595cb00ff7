/**
 * A token bucket as a value: so many in a span of time, filling evenly. What is kept between processes is a row of it; the
 * arithmetic is here.
 */
export interface Bucket {
  readonly tokens: number;
  readonly refilledAt: Date;
}

export interface Rate {
  readonly most: number;
  readonly perMs: number;
}

/** @returns the bucket with one taken, or how long to wait until there is one */
export function take(bucket: Bucket | null, { most, perMs }: Rate, now: Date): Bucket | { readonly waitMs: number } {
  const passedMs = bucket === null ? 0 : Math.max(0, now.getTime() - bucket.refilledAt.getTime());
  const tokens = bucket === null ? most : Math.min(most, bucket.tokens + (passedMs * most) / perMs);
  // A clock that went back fills nothing and empties nothing.
  const refilledAt = bucket !== null && now < bucket.refilledAt ? bucket.refilledAt : now;
  if (tokens >= 1) return { tokens: tokens - 1, refilledAt };
  return { waitMs: Math.ceil(((1 - tokens) * perMs) / most) };
}
