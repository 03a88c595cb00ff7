/**
 * Where a model's text lies, in bytes. Round numbers, so that a person knows them by sight in a schedule.
 */
export const layout = {
  site: 0x1000,
  text: 0x2000,
  tracer: 0x8000,
  gap: 0x100,
  caller: 0xc000,
  wild: 0x1f000,
  data: 0x30000,
} as const;
