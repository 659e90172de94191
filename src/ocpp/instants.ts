import {
  believedInstant,
  type BelievedStamp,
  believedStamp,
} from '../sessions/believed-instant.js';

const DATE = String.raw`(\d{4})[-/.]?(\d{2})[-/.]?(\d{2})`;
const TIME = String.raw`(\d{2}):?(\d{2})(?::?(\d{2})(?:[.,](\d{1,9}))?)?`;
const ZONE = String.raw`(Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?`;
const INSTANT = new RegExp(`^${DATE}(?:T|\\s+)${TIME}\\s*${ZONE}$`, 'i');
/** Seconds have ten digits from 2001 to 2286, milliseconds thirteen. */
const EPOCH = /^\d{10}(?:\d{3})?$/;
const EPOCH_SECONDS_DIGITS = 10;

/**
 * Epoch ms of a timestamp; undefined when it is none. Accepts offsets, a missing zone (read as UTC), a
 * space instead of `T`, slashes or nothing between the numbers, a comma before the fraction, and
 * seconds or milliseconds since 1970.
 */
export function parseInstant(text: string | undefined): number | undefined {
  const plain = text?.trim() ?? '';
  if (EPOCH.test(plain)) {
    return Number(plain) * (plain.length === EPOCH_SECONDS_DIGITS ? 1000 : 1);
  }
  const match = INSTANT.exec(plain);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second = '00', fraction = '0', zone = 'Z'] = match;
  const iso = `${year}-${month}-${day}T${hour}:${minute}:${second}.${fraction}${offsetOf(zone)}`;
  const atMs = Date.parse(iso);
  return Number.isFinite(atMs) ? atMs : undefined;
}

/** Epoch ms of what a station says when something was, as far as that can be; else the receipt. */
export function toldInstant(text: string | undefined, receivedAtMs: number): number {
  return believedInstant(parseInstant(text) ?? receivedAtMs, receivedAtMs);
}

/** The same with what it says, where that is not believed. */
export function toldStamp(text: string | undefined, receivedAtMs: number): BelievedStamp {
  return believedStamp(parseInstant(text) ?? receivedAtMs, receivedAtMs);
}

/** `+0100` and `+01` as `+01:00`; names of UTC as `Z`. */
function offsetOf(zone: string): string {
  if (!/^[+-]/.test(zone)) return 'Z';
  return `${zone.slice(0, 3)}:${zone.slice(3).replace(':', '') || '00'}`;
}

/** RFC 3339 in UTC with milliseconds, as OCPP wants to read it. */
export function formatInstant(atMs: number): string {
  return new Date(atMs).toISOString();
}
