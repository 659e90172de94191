/** Values for a schema of the OpenAPI document: mostly right, sometimes wrong in a way that has a name. */
import type { Random } from '../../simulator/random.js';

export interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly format?: string;
  readonly pattern?: string;
}

export interface Source {
  readonly random: Random;
  readonly components: Readonly<Record<string, Schema>>;
  /** Text that means something to the service, by the name of the field. */
  known(name: string): string | undefined;
}

export const pick = <T>(random: Random, from: readonly T[]): T =>
  from[Math.floor(random() * from.length)] as T;

const ODD_TEXTS = [
  '',
  ' ',
  '\0',
  'a\0b',
  '\ud800',
  '\u202e',
  "'; drop table sites; --",
  '../../etc/passwd',
  '%00',
  '$ne',
  '__proto__',
  'constructor',
  '0',
  'null',
  'é',
  '\u{1f50c}',
  '2026-02-30T00:00:00Z',
  '2026-01-01T23:59:60Z',
  '0000-01-01T00:00:00Z',
  '9999-12-31T23:59:59.999999999Z',
  '2026-01-01T00:00:00+23:59',
  'x'.repeat(5000),
];
const ODD_NUMBERS = [
  0,
  -0,
  -1,
  0.1,
  1e-320,
  1e308,
  -1e308,
  2 ** 31,
  2 ** 53,
  2 ** 63,
  Number.MAX_SAFE_INTEGER,
];
const ODD_VALUES: readonly unknown[] = [
  null,
  true,
  [],
  {},
  [[]],
  { a: { b: {} } },
  ...ODD_TEXTS,
  ...ODD_NUMBERS,
];

const DEPTH_MAX = 8;

/** `wrongFraction`: of all places, those that get something odd. */
export function valueFor(
  source: Source,
  given: Schema,
  at: { readonly name: string; readonly depth: number; readonly wrongFraction: number },
): unknown {
  const schema = resolved(source, given);
  const { random } = source;
  if (random() < at.wrongFraction || at.depth > DEPTH_MAX) return pick(random, ODD_VALUES);
  if (schema.const !== undefined) return schema.const;
  if (schema.enum !== undefined) return pick(random, schema.enum);
  if (schema.anyOf !== undefined) return valueFor(source, pick(random, schema.anyOf), at);
  switch (schema.type) {
    case 'object':
      return objectFor(source, schema, at);
    case 'array':
      return arrayFor(source, schema, at);
    case 'string':
      return textFor(source, schema, at.name);
    case 'integer':
    case 'number':
      return numberFor(random, schema);
    case 'boolean':
      return random() < 0.5;
    case 'null':
      return null;
    default:
      return pick(random, ODD_VALUES);
  }
}

type At = Parameters<typeof valueFor>[2];

function resolved({ components }: Source, schema: Schema): Schema {
  const name = schema.$ref?.split('/').at(-1);
  return name === undefined ? schema : (components[name] ?? {});
}

function objectFor(source: Source, schema: Schema, at: At): object {
  const { random } = source;
  const fields: Record<string, unknown> = {};
  for (const [name, inner] of Object.entries(schema.properties ?? {})) {
    const isRequired = schema.required?.includes(name) === true;
    if (random() < (isRequired ? at.wrongFraction / 2 : 0.5)) continue;
    fields[name] = valueFor(source, inner, { ...at, name, depth: at.depth + 1 });
  }
  if (random() < at.wrongFraction) fields[pick(random, ['extra', '__proto__', 'ID'])] = 1;
  return fields;
}

function arrayFor(source: Source, schema: Schema, at: At): unknown[] {
  const { minItems = 0, maxItems = 3, items = {} } = schema;
  const spread = Math.min(maxItems, minItems + 2) - minItems;
  const length = minItems + Math.floor(source.random() * (spread + 1));
  return Array.from({ length }, () => valueFor(source, items, { ...at, depth: at.depth + 1 }));
}

/** Texts that mean something; where a schema has a pattern, those that follow it are tried first. */
const MEANT_TEXTS = [
  'someone@example.com',
  'https://example.com/hook',
  '08:30',
  '22:00',
  'en',
  'de-AT',
  'grid',
  'ClearCache',
  'GetConfiguration',
  'GetVariables',
  'Heartbeat',
  'SmartChargingCtrlr',
  'HeartbeatInterval',
  'a passphrase of length',
  'S1:1',
];

function patternedText(
  { random }: Source,
  { pattern = '', ...schema }: Schema,
): string | undefined {
  const { minLength = 0, maxLength = 5000 } = schema;
  const follows = new RegExp(pattern, 'u');
  const meant = MEANT_TEXTS.filter(
    (it) => it.length >= minLength && it.length <= maxLength && follows.test(it),
  );
  if (meant.length > 0 && random() < 0.5) return pick(random, meant);
  const digits = Array.from({ length: 40 }, () => pick(random, [...'0123456789abcdef'])).join('');
  const made = [digits.slice(0, 1 + Math.floor(random() * 12)), digits.slice(0, 36), digits];
  return (
    made.find((it) => follows.test(it)) ?? (meant.length > 0 ? pick(random, meant) : undefined)
  );
}

function textFor(source: Source, schema: Schema, name: string): string {
  const { random, known } = source;
  const meant = known(name);
  if (meant !== undefined && random() < 0.8) return meant;
  if (schema.format === 'date-time') {
    return new Date(Date.now() + (random() - 0.3) * 1e9).toISOString();
  }
  const patterned = schema.pattern === undefined ? undefined : patternedText(source, schema);
  if (patterned !== undefined) return patterned;
  if (random() < 0.3) return pick(random, MEANT_TEXTS);
  const { minLength = 1, maxLength = 12 } = schema;
  const length = minLength + Math.floor(random() * Math.min(12, maxLength - minLength + 1));
  return Array.from({ length }, () => pick(random, [...'abcdefgh0123456789-'])).join('');
}

function numberFor(random: Random, schema: Schema): number {
  const low = schema.minimum ?? schema.exclusiveMinimum ?? 0;
  const high = schema.maximum ?? low + 1000;
  const value = random() < 0.2 ? pick(random, [low, high]) : low + random() * (high - low);
  return schema.type === 'integer' ? Math.round(value) : value;
}
