/** What goes wrong in payloads, by accident or on purpose. */
import type { Dice } from '../sim/random.js';
import { makeAnything, SECRET_MARK } from './schema-payload.js';

/** Stand for JSON that no JavaScript value is written as; replaced in the text by `rawText`. */
const RAW: Readonly<Record<string, string>> = {
  '"@huge@"': '1e400',
  '"@minus@"': '-0',
  '"@proto@"': '"__proto__"',
  '"@twice@"': '"status":"Twice","status"',
  '"@nul@"': '"a\\u0000b\\nc\\u2028d\\u202ee"',
  '"@half@"': '"\\ud83d half"',
  '"@deep@"': `${'['.repeat(2_000)}${']'.repeat(2_000)}`,
};

/** JSON text of a payload, its stand-ins written out. */
export function rawText(value: unknown): string {
  return JSON.stringify(value).replace(/"@\w+@"/g, (mark) => RAW[mark] ?? mark);
}

const ODD_VALUES: readonly [unknown, ...unknown[]] = [
  null,
  '',
  ' ',
  0,
  -1,
  1.5,
  true,
  'true',
  [],
  {},
  [[]],
  '12',
  '12,5',
  'NaN',
  '2026-03-01 12:00:00',
  '2026-03-01T12:00:00+0530',
  '0000-00-00T00:00:00Z',
  '9999-12-31T23:59:59Z',
  '0001-01-01T00:00:00Z',
  '1772366400',
  1_772_366_400,
  1e308,
  -1e308,
  Number.MAX_SAFE_INTEGER,
  2 ** 31,
  1e20,
  '@huge@',
  '@minus@',
  '@nul@',
  '@half@',
  '@deep@',
  'x'.repeat(300),
  'y'.repeat(9_000),
  '\u202e\u2028\u0085line',
  '👩‍🔧'.repeat(40),
  "'; drop table inbox; --",
  '<script>alert(1)</script>',
  '${jndi:ldap://127.0.0.1/a}',
  'bb_00_notakey',
];
const ODD_KEYS: readonly [string, ...string[]] = [
  'vendorExtra',
  '@proto@',
  '@twice@',
  'constructor',
  'toString',
  'hasOwnProperty',
  'customData',
  '',
  '@nul@',
  'x'.repeat(500),
];

/** A copy with one to three things wrong. */
export function mutated(dice: Dice, payload: unknown): unknown {
  let value = payload;
  for (let count = dice.int(1, 3); count > 0; count -= 1) value = mutateSomewhere(dice, value);
  return value;
}

function mutateSomewhere(dice: Dice, value: unknown): unknown {
  if (Array.isArray(value) && value.length > 0 && dice.chance(0.85)) {
    const index = dice.int(0, value.length - 1);
    return value.map((item, at) => (at === index ? mutateSomewhere(dice, item) : item));
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    const names = Object.keys(value);
    const [first, ...others] = names;
    if (first !== undefined && dice.chance(0.85)) {
      const name = dice.pick([first, ...others]);
      if (dice.chance(0.1)) return without(value, name);
      return { ...value, [name]: mutateSomewhere(dice, (value as Record<string, unknown>)[name]) };
    }
    return { ...value, [dice.pick(ODD_KEYS)]: makeAnything(dice, 0) };
  }
  return mutateLeaf(dice, value);
}

function mutateLeaf(dice: Dice, value: unknown): unknown {
  const kind = dice.int(0, 9);
  if (kind === 0 && typeof value === 'string' && !value.includes(SECRET_MARK)) {
    return dice.chance(0.5) ? value.toUpperCase() : ` ${value.toLowerCase()} `;
  }
  if (kind === 1 && typeof value === 'number') return String(value);
  if (kind === 2 && typeof value === 'number') return value + 0.4;
  if (kind === 3) return makeAnything(dice, 0);
  if (kind === 4 && Array.isArray(value)) {
    return Array.from({ length: 2_000 }, () => value[0] ?? dice.int(0, 9));
  }
  return dice.pick(ODD_VALUES);
}

function without(value: object, name: string): object {
  return Object.fromEntries(Object.entries(value).filter(([key]) => key !== name));
}
