/** Reads fields of an untyped payload; what is missing or of the wrong type becomes a violation. */
import type { Violation } from '../../solver/index.js';
import { parseTimestamp, parseWallTime } from './timestamp.js';

/** One object of a payload. An optional reader gives undefined for an absent field. */
export interface Fields {
  has(name: string): boolean;
  number(name: string): number | undefined;
  text(name: string): string | undefined;
  flag(name: string): boolean | undefined;
  /** RFC 3339, as epoch ms. */
  instant(name: string): number | undefined;
  /** RFC 3339 without regard to its offset: the wall time, as if it were UTC, ms. */
  wallTime(name: string): number | undefined;
  /** One of the standard's words, translated. */
  word<T>(name: string, words: Readonly<Record<string, T>>): T | undefined;
  object(name: string): Fields | undefined;
  list(name: string): readonly Fields[] | undefined;
  /** Keeps a value that the payload must have; absent gives a violation and undefined. */
  required<T>(name: string, value: T | undefined): T | undefined;
  fail(name: string, message: string): void;
}

/** Opens a payload. Violations of it and of everything below it are pushed to `violations`. */
export function fieldsOf(payload: unknown, violations: Violation[], path = ''): Fields {
  const record: Readonly<Record<string, unknown>> = isRecord(payload) ? payload : {};
  const fail = (name: string, message: string): void => {
    violations.push({ rule: 'payload-readable', field: `${path}/${name}`, message });
  };
  if (!isRecord(payload)) fail('', 'is not an object');

  const typed = <T>(name: string, what: string, read: (value: unknown) => T | undefined) => {
    const value = record[name];
    if (value === undefined || value === null) return undefined;
    const result = read(value);
    if (result === undefined) fail(name, `${JSON.stringify(value)} is not ${what}`);
    return result;
  };

  return {
    has: (name) => record[name] !== undefined && record[name] !== null,
    number: (name) => typed(name, 'a number', asNumber),
    text: (name) => typed(name, 'a text', (v) => (typeof v === 'string' ? v : undefined)),
    flag: (name) => typed(name, 'true or false', (v) => (typeof v === 'boolean' ? v : undefined)),
    instant: (name) =>
      typed(name, 'a timestamp', (v) => (typeof v === 'string' ? parseTimestamp(v) : undefined)),
    wallTime: (name) =>
      typed(name, 'a timestamp', (v) => (typeof v === 'string' ? parseWallTime(v) : undefined)),
    word: (name, words) =>
      typed(name, `one of ${Object.keys(words).join(', ')}`, (v) =>
        typeof v === 'string' && Object.hasOwn(words, v) ? words[v] : undefined,
      ),
    object: (name) =>
      typed(name, 'an object', (v) =>
        isRecord(v) ? fieldsOf(v, violations, `${path}/${name}`) : undefined,
      ),
    list: (name) =>
      typed(name, 'a list', (v) =>
        Array.isArray(v)
          ? v.map((item: unknown, index) => fieldsOf(item, violations, `${path}/${name}/${index}`))
          : undefined,
      ),
    required: (name, value) => {
      if (value === undefined && (record[name] === undefined || record[name] === null)) {
        fail(name, 'is missing');
      }
      return value;
    },
    fail,
  };
}

/**
 * Copies an object without the keys whose value is undefined, and drops undefined from its type.
 */
export function present<T extends object>(value: T): Present<T> {
  return Object.fromEntries(
    Object.entries(value).filter(([, entry]) => entry !== undefined),
  ) as Present<T>;
}

/** Keys that may be undefined become optional keys that are never undefined. */
export type Present<T> = {
  [K in keyof T as undefined extends T[K] ? never : K]: T[K];
} & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

function asNumber(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
