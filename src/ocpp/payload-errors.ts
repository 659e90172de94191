/**
 * A payload against its schema: every error with a pointer and what is allowed there. Knows the part
 * of JSON Schema that the schemas of the three versions use; unlike a general validator it forgives
 * the rounding of 0.1 in binary.
 */
import type { Schema } from './schemas.js';

export interface PayloadError {
  /** JSON pointer into the payload. */
  readonly pointer: string;
  readonly detail: string;
}

interface Walk {
  readonly root: Schema;
  readonly errors: PayloadError[];
}

const ERRORS_MAX = 50;
/** Deeper than any schema; `customData` may hold anything. */
const DEPTH_MAX = 32;
const MULTIPLE_TOLERANCE = 1e-6;
const INSTANT = /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:[Zz]|[+-]\d{2}:?\d{2})$/;

export function payloadErrors(root: Schema, payload: unknown): readonly PayloadError[] {
  const walk: Walk = { root, errors: [] };
  check(walk, root, payload, '');
  return walk.errors;
}

function check(walk: Walk, given: Schema, value: unknown, pointer: string): void {
  if (walk.errors.length >= ERRORS_MAX) return;
  const schema = resolved(walk, given);
  const problem = problemOf(schema, value, pointer);
  if (problem !== undefined) return fail(walk, pointer, problem);
  if (Array.isArray(value)) {
    const { items } = schema;
    if (items === undefined) return;
    value.forEach((item, index) => check(walk, items, item, `${pointer}/${index}`));
  } else if (typeof value === 'object' && value !== null) {
    checkFields(walk, schema, value as Record<string, unknown>, pointer);
  }
}

function checkFields(
  walk: Walk,
  schema: Schema,
  value: Readonly<Record<string, unknown>>,
  pointer: string,
): void {
  const { properties = {} } = schema;
  for (const name of schema.required ?? []) {
    if (value[name] !== undefined) continue;
    const field = properties[name];
    const expected = field === undefined ? '' : `; expected ${wanted(resolved(walk, field))}`;
    fail(walk, `${pointer}/${escaped(name)}`, `is missing${expected}`);
  }
  for (const [name, item] of Object.entries(value)) {
    const field = Object.hasOwn(properties, name) ? properties[name] : undefined;
    const at = `${pointer}/${escaped(name)}`;
    if (field !== undefined) check(walk, field, item, at);
    else if (schema.additionalProperties === false) fail(walk, at, 'is not known here');
  }
}

function problemOf(schema: Schema, value: unknown, pointer: string): string | undefined {
  if (pointer.split('/').length > DEPTH_MAX) return 'is nested too deeply';
  const isFine =
    hasType(schema.type, value) &&
    (schema.enum === undefined || schema.enum.includes(value as string)) &&
    isInRange(schema, value);
  return isFine ? undefined : `expected ${wanted(schema)}`;
}

function hasType(type: string | undefined, value: unknown): boolean {
  switch (type) {
    case undefined:
      return true;
    case 'integer':
      return Number.isInteger(value);
    case 'number':
      return typeof value === 'number' && Number.isFinite(value);
    case 'array':
      return Array.isArray(value);
    case 'object':
      return typeof value === 'object' && value !== null && !Array.isArray(value);
    default:
      return typeof value === type;
  }
}

function isInRange(schema: Schema, value: unknown): boolean {
  if (typeof value === 'number') {
    const { minimum = -Infinity, maximum = Infinity, multipleOf } = schema;
    const share = multipleOf === undefined ? 0 : value / multipleOf;
    const isMultiple = Math.abs(share - Math.round(share)) < MULTIPLE_TOLERANCE;
    return value >= minimum && value <= maximum && isMultiple;
  }
  if (typeof value === 'string') {
    const length = [...value].length;
    const isLong = length > (schema.maxLength ?? Infinity);
    return !isLong && length >= (schema.minLength ?? 0) && hasFormat(schema.format, value);
  }
  if (!Array.isArray(value)) return true;
  return value.length >= (schema.minItems ?? 0) && value.length <= (schema.maxItems ?? Infinity);
}

function hasFormat(format: string | undefined, value: string): boolean {
  if (format === 'date-time') return INSTANT.test(value) && !Number.isNaN(Date.parse(value));
  if (format === 'uri') return URL.canParse(value);
  return true;
}

/** What is allowed, in words. */
function wanted(schema: Schema): string {
  if (schema.enum !== undefined) return `one of ${schema.enum.join(', ')}`;
  if (schema.format === 'date-time') return 'an instant in RFC 3339, such as 2026-01-15T10:00:00Z';
  if (schema.format === 'uri') return 'a URL';
  switch (schema.type) {
    case 'string':
      return `text${range(schema.minLength, schema.maxLength, 'characters')}`;
    case 'array':
      return `a list${range(schema.minItems, schema.maxItems, 'items')}`;
    case 'integer':
    case 'number': {
      const noun = schema.type === 'integer' ? 'an integer' : 'a number';
      const step = schema.multipleOf === undefined ? '' : ` in steps of ${schema.multipleOf}`;
      return `${noun}${range(schema.minimum, schema.maximum, '')}${step}`;
    }
    default:
      return schema.type === 'object' ? 'an object' : (schema.type ?? 'a value');
  }
}

function range(low: number | undefined, high: number | undefined, noun: string): string {
  const of = noun === '' ? '' : ` ${noun}`;
  if (low !== undefined && high !== undefined) return ` of ${low} to ${high}${of}`;
  if (high !== undefined) return ` of at most ${high}${of}`;
  return low === undefined ? '' : ` of at least ${low}${of}`;
}

function resolved({ root }: Walk, schema: Schema): Schema {
  const name = schema.$ref?.replace('#/definitions/', '');
  return name === undefined ? schema : (root.definitions?.[name] ?? schema);
}

function fail(walk: Walk, pointer: string, detail: string): void {
  if (walk.errors.length < ERRORS_MAX) walk.errors.push({ pointer, detail });
}

function escaped(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}
