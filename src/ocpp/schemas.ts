/**
 * The JSON schemas that ocpp-rpc ships, made usable: ids of 2.1 renamed to the form that its validator
 * asks for, and loosened where a real station's slip must not cost a transaction.
 */
import { createRequire } from 'node:module';

import type { OcppVersion, SchemaMode } from './messages.js';

/** The subset of JSON Schema that the OCPP schemas use. */
export interface Schema {
  readonly $id?: string;
  readonly $ref?: string;
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly definitions?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly enum?: readonly string[];
  readonly additionalProperties?: boolean;
  readonly format?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly multipleOf?: number;
}

const FILES: Readonly<Record<OcppVersion, string>> = {
  'ocpp1.6': 'ocpp-rpc/lib/schemas/ocpp1_6.json',
  'ocpp2.0.1': 'ocpp-rpc/lib/schemas/ocpp2_0_1.json',
  'ocpp2.1': 'ocpp-rpc/lib/schemas/ocpp2_1.json',
};

/**
 * Enumerations that stations extend on their own and that no decision here depends on: any short text
 * passes, and the reader ignores what it does not know.
 */
const OPEN_ENUMS = new Set([
  'context',
  'errorCode',
  'format',
  'location',
  'measurand',
  'phase',
  'reason',
  'stoppedReason',
  'triggerReason',
  'unit',
]);
const OPEN_TEXT: Schema = { type: 'string', maxLength: 100 };

const require = createRequire(import.meta.url);

/**
 * The schemas of a version with ids `urn:{Action}.req` and `urn:{Action}.conf`, and `urn:{Action}` for
 * messages that have no answer; loosened unless they are to be held to the letter.
 */
export function loadSchemas(version: OcppVersion, mode: SchemaMode): readonly Schema[] {
  const shipped = require(FILES[version]) as readonly Schema[];
  const prepare = mode === 'strict' ? withoutStrayKeyword : loosen;
  return shipped.map((schema) => bounded(prepare(renamed(schema))) as Schema);
}

/** Registers of large meters outgrow 32 bits. */
const LONG_INTEGERS = new Set(['meterStart', 'meterStop']);
const INTEGER_MAX = 2 ** 31 - 1;

/** An integer has 32 bits (1.6 §7, 2.x part 2 §3.1), which no schema says: 1e300 is one to JSON Schema. */
function bounded(node: unknown, propertyName?: string): unknown {
  if (Array.isArray(node)) return node.map((item) => bounded(item));
  if (typeof node !== 'object' || node === null) return node;
  const entries = Object.entries(node).map(([key, value]) => [key, bounded(value, key)]);
  const copy = Object.fromEntries(entries) as object;
  if (!('type' in node) || node.type !== 'integer') return copy;
  const isLong = LONG_INTEGERS.has(propertyName ?? '');
  const limit = isLong ? Number.MAX_SAFE_INTEGER : INTEGER_MAX;
  return { minimum: -limit, maximum: limit, ...copy };
}

/** The requests of a version by action, exactly as shipped. */
export function strictSchemas(version: OcppVersion): ReadonlyMap<string, Schema> {
  const shipped = (require(FILES[version]) as readonly Schema[]).map(renamed);
  const named = shipped.map((it) => [/^urn:(\w+)\.req$/.exec(it.$id ?? '')?.[1], it] as const);
  return new Map(named.flatMap(([action, it]) => (action === undefined ? [] : [[action, it]])));
}

/** Trap: 2.1 ships `urn:XRequest`, the validator looks up `urn:X.req`. */
function renamed(schema: Schema): Schema {
  const $id = (schema.$id ?? '').replace(/Request$/, '.req').replace(/Response$/, '.conf');
  return { ...schema, $id };
}

/** 2.1 marks texts with `additionalProperties`, about which ajv complains on the console. */
function withoutStrayKeyword(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(withoutStrayKeyword);
  if (typeof node !== 'object' || node === null) return node;
  const entries = Object.entries(node)
    .filter(([key]) => !(key === 'additionalProperties' && isText(node)))
    .map(([key, value]) => [key, withoutStrayKeyword(value)]);
  return Object.fromEntries(entries);
}

/** Drops `format` too (instants are parsed by `parseInstant`, which forgives); opens enumerations. */
function loosen(node: unknown, propertyName?: string): unknown {
  if (Array.isArray(node)) return node.map((item) => loosen(item));
  if (typeof node !== 'object' || node === null) return node;
  if (propertyName !== undefined && OPEN_ENUMS.has(propertyName) && isText(node)) return OPEN_TEXT;
  const entries = Object.entries(node)
    .filter(([key, value]) => !(key === 'format' && typeof value === 'string'))
    .filter(([key]) => !(key === 'additionalProperties' && isText(node)))
    .map(([key, value]) => [key, key === 'properties' ? loosenEach(value) : loosen(value)]);
  return Object.fromEntries(entries);
}

function loosenEach(properties: unknown): unknown {
  const entries = Object.entries(properties as Record<string, unknown>);
  return Object.fromEntries(entries.map(([name, schema]) => [name, loosen(schema, name)]));
}

function isText(node: object): boolean {
  return '$ref' in node
    ? String(node.$ref).endsWith('EnumType')
    : 'type' in node && node.type === 'string';
}
