/**
 * The JSON schemas that ocpp-rpc ships, made usable: ids of 2.1 renamed to the form that its validator
 * asks for, and loosened where a real station's slip must not cost a transaction.
 */
import { createRequire } from 'node:module';

import type { OcppVersion } from './messages.js';

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
  readonly maxLength?: number;
  readonly minItems?: number;
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

/** The schemas of a version with ids `urn:{Action}.req` and `urn:{Action}.conf`. */
export function loadSchemas(version: OcppVersion): readonly Schema[] {
  const shipped = require(FILES[version]) as readonly Schema[];
  return shipped.map((schema) => loosen(renamed(schema)) as Schema);
}

/** Trap: 2.1 ships `urn:XRequest`, the validator looks up `urn:X.req`. */
function renamed(schema: Schema): Schema {
  const $id = (schema.$id ?? '').replace(/Request$/, '.req').replace(/Response$/, '.conf');
  return { ...schema, $id };
}

/**
 * Drops `format` (instants are parsed by `parseInstant`, which forgives) and a stray keyword of 2.1 on
 * texts, about which ajv complains on the console; opens the enumerations.
 */
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
