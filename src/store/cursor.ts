/** Opaque page cursors: the sort key of the last row shown. */
import { CpmsError } from '../platform/errors.js';

/** An instant, then the id that breaks ties. */
export interface SortKey<Id extends string | number> {
  readonly atMs: number;
  readonly id: Id;
}

/** In both directions: what a date of JavaScript and a timestamptz can hold. */
const INSTANT_MAX_MS = 60_000_000_000_000;

export function toCursor(key: SortKey<string | number>): string {
  return Buffer.from(JSON.stringify([key.atMs, key.id]), 'utf8').toString('base64url');
}

/** Throws `cursor-invalid` for anything that `toCursor` did not make. */
export function fromCursor<Kind extends 'string' | 'number'>(
  cursor: string,
  idKind: Kind,
): SortKey<Kind extends 'string' ? string : number> {
  let parts: unknown;
  try {
    parts = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch (cause) {
    throw invalid(cause);
  }
  if (!Array.isArray(parts) || parts.length !== 2) throw invalid();
  const [atMs, id] = parts as [unknown, unknown];
  if (!isInstant(atMs) || typeof id !== idKind) throw invalid();
  if (typeof id === 'string' && id.includes('\0')) throw invalid();
  if (idKind === 'number' && !Number.isSafeInteger(id)) throw invalid();
  return { atMs: atMs as number, id: id as Kind extends 'string' ? string : number };
}

function isInstant(value: unknown): boolean {
  return Number.isSafeInteger(value) && Math.abs(value as number) <= INSTANT_MAX_MS;
}

function invalid(cause?: unknown): CpmsError {
  return new CpmsError('cursor-invalid', 'the cursor is not one of ours', {
    retriable: false,
    cause,
  });
}
