/** RFC 3339 timestamps without a clock: proleptic Gregorian calendar arithmetic. */

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
/** Days from 0000-03-01 to 1970-01-01, and in a cycle of 400 years. */
const EPOCH_DAYS = 719_468;
const ERA_DAYS = 146_097;

const RFC_3339 =
  /^(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2}):(\d{2})(?:[.,](\d+))?\s*([Zz]|[+-]\d{2}:?\d{2})?$/;

/**
 * Writes an instant (epoch ms) as `2024-01-17T18:00:00Z`; milliseconds only where there are any.
 */
export function formatTimestamp(atMs: number): string {
  const wholeMs = Math.floor(atMs);
  const days = Math.floor(wholeMs / DAY_MS);
  const ofDayMs = wholeMs - days * DAY_MS;
  const { year, month, day } = civilFromDays(days);
  const date = `${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}`;
  const hour = pad(Math.floor(ofDayMs / HOUR_MS), 2);
  const minute = pad(Math.floor((ofDayMs % HOUR_MS) / MINUTE_MS), 2);
  const second = pad(Math.floor((ofDayMs % MINUTE_MS) / 1000), 2);
  const fraction = ofDayMs % 1000 === 0 ? '' : `.${pad(ofDayMs % 1000, 3)}`;
  return `${date}T${hour}:${minute}:${second}${fraction}Z`;
}

/**
 * Reads an instant; offsets are honoured, a missing one means UTC, digits below the millisecond are
 * cut. Undefined when the text is no timestamp or names a day that does not exist.
 */
export function parseTimestamp(text: string): number | undefined {
  const match = RFC_3339.exec(text.trim());
  const wallMs = wallTimeOf(match);
  return wallMs === undefined ? undefined : wallMs - offsetMs(match?.[8]);
}

/** Reads the wall time of a timestamp as if it were UTC: its offset is disregarded (2.1). */
export function parseWallTime(text: string): number | undefined {
  return wallTimeOf(RFC_3339.exec(text.trim()));
}

function wallTimeOf(match: RegExpExecArray | null): number | undefined {
  if (!match) return undefined;
  const part = (index: number) => Number(match[index] ?? 0);
  const [year, month, day] = [part(1), part(2), part(3)];
  const [hour, minute, second] = [part(4), part(5), part(6)];
  const days = daysFromCivil(year, month, day);
  const civil = civilFromDays(days);
  const dayExists = civil.year === year && civil.month === month && civil.day === day;
  if (!dayExists || hour > 23 || minute > 59 || second > 60) return undefined;
  const fractionMs = Number((match[7] ?? '').slice(0, 3).padEnd(3, '0'));
  const ofDayMs = hour * HOUR_MS + minute * MINUTE_MS + second * 1000 + fractionMs;
  return days * DAY_MS + ofDayMs;
}

function offsetMs(offset: string | undefined): number {
  if (offset === undefined || offset.toUpperCase() === 'Z') return 0;
  const digits = offset.slice(1).replace(':', '');
  const ms = Number(digits.slice(0, 2)) * HOUR_MS + Number(digits.slice(2)) * MINUTE_MS;
  return offset.startsWith('-') ? -ms : ms;
}

/** Days since 1970-01-01; years start in March so that the leap day comes last. */
function daysFromCivil(year: number, month: number, day: number): number {
  const marchYear = month <= 2 ? year - 1 : year;
  const era = Math.floor(marchYear / 400);
  const yearOfEra = marchYear - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const leapDays = Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100);
  return era * ERA_DAYS + yearOfEra * 365 + leapDays + dayOfYear - EPOCH_DAYS;
}

function civilFromDays(days: number): { year: number; month: number; day: number } {
  const shifted = days + EPOCH_DAYS;
  const era = Math.floor(shifted / ERA_DAYS);
  const dayOfEra = shifted - era * ERA_DAYS;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const leapDays = Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100);
  const dayOfYear = dayOfEra - (365 * yearOfEra + leapDays);
  const marchMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * marchMonth + 2) / 5) + 1;
  const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9;
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day };
}

function pad(value: number, digits: number): string {
  return String(value).padStart(digits, '0');
}
