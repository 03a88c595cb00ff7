/**
 * When a digest is due: once a week, on a day and at a time as a clock on the wall of some place shows them. A time that a clock
 * leaves out in spring is the moment at which it jumps over it; one that it shows twice in autumn is the first of the two.
 *
 * Example: Monday 08:00 in Europe/Berlin is 06:00Z in summer and 07:00Z in winter. What is due then is of the ISO week of the day
 * before.
 */
import { type Settings, weekdays } from '../settings/schema.ts';

type Schedule = Pick<Settings['digest'], 'day' | 'time' | 'zone'>;

const dayMs = 24 * 3_600_000;

/** The last moment up to and with `now` at which one was due. */
export function lastDue(now: Date, schedule: Schedule): Date {
  const { year, month, day } = wallOf(now, schedule.zone);
  const today = Date.UTC(year, month - 1, day);
  const back = (weekdayOf(today) - weekdays.indexOf(schedule.day) + 7) % 7;
  const due = atWall(today - back * dayMs, schedule);
  return due <= now ? due : atWall(today - (back + 7) * dayMs, schedule);
}

/** The one a week before it, or after it. */
export function dueBeside(due: Date, weeks: -1 | 1, schedule: Schedule): Date {
  const { year, month, day } = wallOf(due, schedule.zone);
  return atWall(Date.UTC(year, month - 1, day) + weeks * 7 * dayMs, schedule);
}

/** `2026-W48`: the ISO week that a digest due then is about. */
export function weekOf(due: Date, zone: string): string {
  const { year, month, day } = wallOf(due, zone);
  const date = Date.UTC(year, month - 1, day) - dayMs;
  // The year of a week is that of its Thursday.
  const thursday = date + (3 - weekdayOf(date)) * dayMs;
  const of = new Date(thursday).getUTCFullYear();
  const number = Math.floor((thursday - Date.UTC(of, 0, 1)) / (7 * dayMs)) + 1;
  return `${of}-W${String(number).padStart(2, '0')}`;
}

/** `16 to 22 November 2026`: the days of a window, whose end is not in it. */
export function spanText({ since, until }: { readonly since: Date; readonly until: Date }, zone: string): string {
  const last = dayText(new Date(Math.max(since.getTime(), until.getTime() - 1)), zone);
  const first = dayText(since, zone);
  if (first === last) return first;
  const [a, b] = [first.split(' '), last.split(' ')];
  const kept = a[2] !== b[2] ? a : a[1] !== b[1] ? a.slice(0, 2) : a.slice(0, 1);
  return `${kept.join(' ')} to ${last}`;
}

export const dayText = (at: Date, zone: string): string =>
  new Intl.DateTimeFormat('en-GB', { timeZone: zone, day: 'numeric', month: 'long', year: 'numeric' }).format(at);

/** A day, which is its beginning there, or a moment with its offset; null where it is neither. */
export function momentOf(text: string, zone: string): Date | null {
  if (/^\d{4}-\d\d-\d\d$/.test(text)) {
    const date = Date.parse(`${text}T00:00:00Z`);
    return Number.isNaN(date) ? null : atWall(date, { time: '00:00', zone });
  }
  const at = new Date(text);
  return /^\d{4}-\d\d-\d\dT.*(Z|[+-]\d\d:\d\d)$/.test(text) && !Number.isNaN(at.getTime()) ? at : null;
}

/** Monday is 0. */
const weekdayOf = (date: number) => (new Date(date).getUTCDay() + 6) % 7;

/** @param date midnight of the day, as if it were UTC */
function atWall(date: number, { time, zone }: Pick<Schedule, 'time' | 'zone'>): Date {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  const wanted = date + (hours * 60 + minutes) * 60_000;
  const offsets = [wanted - dayMs, wanted + dayMs].map((at) => offsetAt(at, zone));
  const fits = offsets.map((offset) => wanted - offset).filter((at) => at + offsetAt(at, zone) === wanted);
  if (fits.length > 0) return new Date(Math.min(...fits));
  return jumpBetween(wanted - Math.max(...offsets) - 1, wanted - Math.min(...offsets) + 1, zone);
}

/** The moment at which the offset changes, by halves. */
function jumpBetween(from: number, to: number, zone: string): Date {
  let [low, high] = [from, to];
  const before = offsetAt(low, zone);
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetAt(middle, zone) === before) low = middle;
    else high = middle;
  }
  return new Date(high);
}

/** What a clock there is ahead of UTC, in milliseconds. */
function offsetAt(at: number, zone: string): number {
  const { year, month, day, hour, minute, second } = wallOf(new Date(at), zone);
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(at / 1000) * 1000;
}

type Field = 'year' | 'month' | 'day' | 'hour' | 'minute' | 'second';

function wallOf(at: Date, zone: string): Readonly<Record<Field, number>> {
  const parts = formatOf(zone).formatToParts(at);
  const field = (type: Field) => Number(parts.find((part) => part.type === type)?.value ?? 0);
  return {
    ...{ year: field('year'), month: field('month'), day: field('day') },
    ...{ hour: field('hour'), minute: field('minute'), second: field('second') },
  };
}

const formats = new Map<string, Intl.DateTimeFormat>();
function formatOf(zone: string): Intl.DateTimeFormat {
  const made =
    formats.get(zone) ??
    new Intl.DateTimeFormat('en-US', {
      ...{ timeZone: zone, calendar: 'gregory', numberingSystem: 'latn', hourCycle: 'h23' },
      ...{ year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric' },
    });
  formats.set(zone, made);
  return made;
}
