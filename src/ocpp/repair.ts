/**
 * Mends a payload that breaks its schema in ways that real stations do, without inventing anything:
 * unknown properties go, `null` counts as absent, numbers written as text become numbers (and the
 * reverse), words of a list are found whatever their case, over-long display texts are cut, and what
 * stays invalid is left out where it may be.
 */
import type { Schema } from './schemas.js';

export interface Repaired {
  readonly value: unknown;
  /** What was changed, `path: what`; for the log. */
  readonly notes: readonly string[];
}

/** Never cut: half an identifier is another identifier. */
const IDENTIFIERS = new Set([
  'idTag',
  'parentIdTag',
  'idToken',
  'transactionId',
  'additionalIdToken',
]);
const INVALID = Symbol('invalid');
const NOTES_MAX = 10;

/**
 * - `forgiving` leaves out optional properties and list items that stay invalid: a station's report
 *   is worth having without them
 * - `careful` leaves nothing out: half an answer about limits is no answer
 */
export type RepairMode = 'forgiving' | 'careful';

interface Walk {
  readonly root: Schema;
  readonly mode: RepairMode;
  readonly notes: string[];
}

/** The payload as close to `root` as the rules above bring it; the validator still has the last word. */
export function repair(root: Schema, payload: unknown, mode: RepairMode): Repaired {
  const walk: Walk = { root, mode, notes: [] };
  const value = mend(walk, root, withoutNothing(walk, payload), '');
  return { value: value === INVALID ? payload : value, notes: walk.notes };
}

/** Some stations write `null` or `[]` for a payload without properties. */
function withoutNothing(walk: Walk, payload: unknown): unknown {
  const isNothing = payload === null || (Array.isArray(payload) && payload.length === 0);
  if (!isNothing || (walk.root.required ?? []).length > 0) return payload;
  note(walk, '', 'no object, read as an empty one');
  return {};
}

function mend(walk: Walk, schema: Schema, value: unknown, path: string): unknown {
  const target = resolve(walk.root, schema);
  switch (target.type) {
    case 'object':
      return mendObject(walk, target, value, path);
    case 'array':
      return mendArray(walk, target, value, path);
    case 'string':
      return mendText(walk, target, value, path);
    case 'integer':
    case 'number':
      return mendNumber(walk, target, value, path);
    case 'boolean':
      return mendBoolean(walk, value, path);
    default:
      return value;
  }
}

function resolve(root: Schema, schema: Schema): Schema {
  const name = schema.$ref?.replace('#/definitions/', '');
  return name === undefined ? schema : (root.definitions?.[name] ?? {});
}

/** Keeps an invalid required property at the top, so that the validator can name it. */
function mendObject(walk: Walk, schema: Schema, value: unknown, path: string): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return INVALID;
  const mended: Record<string, unknown> = {};
  for (const [name, inner] of Object.entries(value)) {
    const innerPath = `${path}/${name.slice(0, 50)}`;
    const innerSchema = Object.hasOwn(schema.properties ?? {}, name)
      ? schema.properties?.[name]
      : undefined;
    if (innerSchema === undefined) {
      if (schema.additionalProperties === false) note(walk, innerPath, 'unknown, ignored');
      else if (name !== '__proto__') mended[name] = inner;
      continue;
    }
    if (inner === null && schema.required?.includes(name) !== true) {
      note(walk, innerPath, 'null, read as absent');
      continue;
    }
    const result = mend(walk, innerSchema, inner, innerPath);
    if (result !== INVALID) mended[name] = result;
    else if (walk.mode === 'careful' || schema.required?.includes(name)) {
      if (path !== '') return INVALID;
      mended[name] = inner;
    } else note(walk, innerPath, 'invalid, ignored');
  }
  const complete = (schema.required ?? []).every((name) => Object.hasOwn(mended, name));
  return complete || path === '' ? mended : INVALID;
}

function mendArray(walk: Walk, schema: Schema, value: unknown, path: string): unknown {
  if (!Array.isArray(value)) return INVALID;
  const { items } = schema;
  if (items === undefined) return value;
  const mended = value
    .map((item, index) => mend(walk, items, item, `${path}/${index}`))
    .filter((item) => item !== INVALID);
  if (mended.length < value.length)
    note(walk, path, `${value.length - mended.length} items ignored`);
  const isHalf = walk.mode === 'careful' && mended.length < value.length;
  return isHalf || mended.length < (schema.minItems ?? 0) ? INVALID : mended;
}

function mendText(walk: Walk, schema: Schema, value: unknown, path: string): unknown {
  if (typeof value === 'number' || typeof value === 'boolean') {
    note(walk, path, `${typeof value} read as text`);
    return mendText(walk, schema, String(value), path);
  }
  if (typeof value !== 'string') return INVALID;
  if (schema.enum !== undefined) return mendWord(walk, schema.enum, value, path);
  if (schema.maxLength === undefined || [...value].length <= schema.maxLength) return value;
  if (IDENTIFIERS.has(path.slice(path.lastIndexOf('/') + 1))) return INVALID;
  note(walk, path, `cut to ${schema.maxLength} characters`);
  return [...value].slice(0, schema.maxLength).join('');
}

function mendWord(walk: Walk, words: readonly string[], value: string, path: string): unknown {
  if (words.includes(value)) return value;
  const plain = value.trim().toLowerCase();
  const found = words.filter((word) => word.toLowerCase() === plain);
  if (found.length !== 1) return INVALID;
  note(walk, path, 'word of the list in another case');
  return found[0];
}

function mendNumber(walk: Walk, schema: Schema, value: unknown, path: string): unknown {
  const number = typeof value === 'string' ? readNumber(value) : value;
  if (typeof number !== 'number' || !Number.isFinite(number)) return INVALID;
  if (typeof value === 'string') note(walk, path, 'text read as number');
  if (schema.type !== 'integer' || Number.isInteger(number)) return number;
  note(walk, path, 'rounded to an integer');
  return Math.round(number);
}

function mendBoolean(walk: Walk, value: unknown, path: string): unknown {
  if (typeof value === 'boolean') return value;
  const plain = typeof value === 'string' ? value.trim().toLowerCase() : value;
  if (plain !== 'true' && plain !== 'false' && plain !== 1 && plain !== 0) return INVALID;
  note(walk, path, `${typeof value} read as boolean`);
  return plain === 'true' || plain === 1;
}

/** A decimal number with a point or a comma; undefined otherwise. Never NaN, never Infinity. */
export function readNumber(text: string): number | undefined {
  if (!/^\s*[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d{1,3})?\s*$/.test(text)) return undefined;
  const number = Number(text.replace(',', '.'));
  return Number.isFinite(number) ? number : undefined;
}

function note(walk: Walk, path: string, what: string): void {
  if (walk.notes.length < NOTES_MAX) walk.notes.push(`${path}: ${what}`);
}
