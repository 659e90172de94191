/** Payloads that follow a schema: the smallest, the largest, and any between. */
import type { Dice } from '../sim/random.js';
import type { JsonSchema } from './shipped-schemas.js';

export type Size = 'minimal' | 'maximal' | 'any';

/** Stands in every token and password, so that one that leaks is found. */
export const SECRET_MARK = 'SeCrEt';
const SECRET_NAMES = new Set(['additionalIdToken', 'idTag', 'idToken', 'parentIdTag', 'password']);
/** A frame is at most 64 KiB. */
const TEXT_LENGTH_MAX = 2_000;
const ITEMS_MAX = 3;
const DEPTH_MAX = 12;
const INTEGER_MAX = 2 ** 31 - 1;
const LETTERS = 'abcdefghij klmnopqrstuvwxyz-0123456789_ABCXYZ.äß中';

interface Making {
  readonly dice: Dice;
  readonly root: JsonSchema;
  readonly size: Size;
}

export function payloadFor(dice: Dice, schema: JsonSchema, size: Size): unknown {
  return make({ dice, root: schema, size }, schema, '', 0);
}

function make(making: Making, schema: JsonSchema, name: string, depth: number): unknown {
  const target = resolve(making.root, schema);
  switch (target.type) {
    case 'object':
      return makeObject(making, target, depth);
    case 'array':
      return makeArray(making, target, name, depth);
    case 'string':
      return makeText(making, target, name);
    case 'integer':
      return makeInteger(making, target);
    case 'number':
      return makeNumber(making, target);
    case 'boolean':
      return making.dice.chance(0.5);
    default:
      return makeAnything(making.dice, 0);
  }
}

export function resolve(root: JsonSchema, schema: JsonSchema): JsonSchema {
  const name = schema.$ref?.replace('#/definitions/', '');
  return name === undefined ? schema : (root.definitions?.[name] ?? {});
}

function makeObject(making: Making, schema: JsonSchema, depth: number): unknown {
  const { dice, size } = making;
  const made: Record<string, unknown> = {};
  for (const [name, inner] of Object.entries(schema.properties ?? {})) {
    const isRequired = schema.required?.includes(name) === true;
    const isWanted = size === 'maximal' || (size === 'any' && dice.chance(0.4));
    if (!isRequired && (!isWanted || depth > DEPTH_MAX)) continue;
    made[name] = make(making, inner, name, depth + 1);
  }
  return made;
}

function makeArray(making: Making, schema: JsonSchema, name: string, depth: number): unknown {
  const { dice, size } = making;
  const min = Math.max(schema.minItems ?? 0, size === 'minimal' ? 0 : 1);
  const most = size === 'minimal' || depth > 2 ? min : ITEMS_MAX;
  const max = Math.max(min, Math.min(schema.maxItems ?? most, most));
  const count = size === 'maximal' ? max : dice.int(min, max);
  const { items = {} } = schema;
  return Array.from({ length: count }, () => make(making, items, name, depth + 1));
}

function makeText({ dice, size }: Making, schema: JsonSchema, name: string): string {
  const [first, ...others] = schema.enum ?? [];
  if (first !== undefined) return dice.pick([first, ...others]);
  if (schema.format === 'date-time') return instant(dice);
  if (schema.format === 'uri') return 'https://example.com/log';
  const max = Math.min(schema.maxLength ?? 50, TEXT_LENGTH_MAX);
  const length = size === 'maximal' ? max : dice.int(size === 'minimal' ? 0 : 1, Math.min(max, 30));
  const text = Array.from({ length }, () => LETTERS[dice.int(0, LETTERS.length - 1)]).join('');
  return SECRET_NAMES.has(name) ? `${SECRET_MARK}${text}`.slice(0, max) : text;
}

function instant(dice: Dice): string {
  const atMs = Date.UTC(2026, 2, 1, 12) + dice.int(-90_000_000, 90_000_000);
  return new Date(atMs).toISOString();
}

function makeInteger({ dice, size }: Making, { minimum, maximum }: JsonSchema): number {
  const min = minimum ?? (dice.chance(0.1) ? -INTEGER_MAX : 0);
  const max = Math.min(maximum ?? INTEGER_MAX, INTEGER_MAX);
  if (size === 'maximal' && dice.chance(0.3)) return max;
  return dice.chance(0.8) ? dice.int(Math.max(min, 0), Math.max(min, Math.min(max, 9))) : min;
}

function makeNumber(making: Making, schema: JsonSchema): number {
  const { dice } = making;
  const min = schema.minimum ?? (dice.chance(0.1) ? -1_000_000 : 0);
  const max = Math.min(schema.maximum ?? 1_000_000, 1_000_000);
  return dice.int(Math.ceil(min * 10), Math.floor(max * 10)) / 10;
}

/** Any JSON at all, not too deep. */
export function makeAnything(dice: Dice, depth: number): unknown {
  const kind = dice.int(0, depth > 3 ? 4 : 6);
  const leaves = [null, true, dice.int(-9, 999), dice.next() * 1e6, `text ${dice.int(0, 99)}`];
  if (kind < leaves.length) return leaves[kind];
  const inner = Array.from({ length: dice.int(0, 3) }, () => makeAnything(dice, depth + 1));
  return kind === 5 ? inner : Object.fromEntries(inner.map((it, index) => [`k${index}`, it]));
}
