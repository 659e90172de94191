/**
 * How values go into JSONB and come back. Absence is `undefined` in the program and null in an array
 * of JSON; Infinity and NaN are kept; what JSONB cannot hold (NUL, half a surrogate pair) is replaced,
 * because a station may send it and must not block its own inbox.
 */
import { assert } from '../../solver/index.js';

/** Stands for a number that JSON does not know. */
const NUMBER_KEY = '$number';

const NOT_STORABLE = /\0|\p{Surrogate}/gu;
/** Whole pairs too: a quick look, before the exact one. */
const MAYBE_NOT_STORABLE = /[\0\ud800-\udfff]/;

/** JSON text of plain data. A Map or a Set is a bug: it would come back empty. */
export function toJson(value: unknown): string {
  const text = isPlain(value) ? JSON.stringify(value) : JSON.stringify(value, encode);
  return text ?? 'null';
}

/** JSON text, or undefined for an absent value. */
export function toJsonIfPresent(value: unknown): string | undefined {
  return value === undefined ? undefined : toJson(value);
}

/** Restores what the driver parsed. The caller names the type that it wrote there. */
export function fromJson<T>(value: unknown): T {
  return restore(value) as T;
}

/** Text as a TEXT column can hold it. */
export function storableText(text: string): string {
  return MAYBE_NOT_STORABLE.test(text) ? text.replace(NOT_STORABLE, '\uFFFD') : text;
}

/** True where JSON says it all: a function called for each value makes the text ten times as dear. */
function isPlain(value: unknown): boolean {
  if (typeof value === 'string') return !MAYBE_NOT_STORABLE.test(value);
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object' || value === null) return true;
  if (Array.isArray(value)) return value.every(isPlain);
  if (value instanceof Map || value instanceof Set) return false;
  for (const key in value) if (!isPlain((value as Record<string, unknown>)[key])) return false;
  return true;
}

function encode(_key: string, value: unknown): unknown {
  if (typeof value === 'string') return storableText(value);
  if (typeof value === 'number' && !Number.isFinite(value)) return { [NUMBER_KEY]: String(value) };
  assert(!(value instanceof Map) && !(value instanceof Set), 'only plain data is stored as JSON');
  return value;
}

function restore(value: unknown): unknown {
  if (value === null) return undefined;
  if (typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(restore);
  const entries = Object.entries(value);
  const [first] = entries;
  if (entries.length === 1 && first?.[0] === NUMBER_KEY) return Number(first[1]);
  return Object.fromEntries(
    entries.filter(([, item]) => item !== null).map(([key, item]) => [key, restore(item)]),
  );
}
