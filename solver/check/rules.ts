/** Building blocks of problem checks: each returns violations named after the rule broken. */
import type { Series, Violation } from '../problem.js';

/** Allowed range of a number; both ends optional and inclusive unless `above`. */
export interface Range {
  readonly above?: number;
  readonly min?: number;
  readonly max?: number;
}

/** A finite number within a range. */
export function within(rule: string, field: string, value: number, range: Range): Violation[] {
  const inside =
    Number.isFinite(value) &&
    (range.above === undefined || value > range.above) &&
    (range.min === undefined || value >= range.min) &&
    (range.max === undefined || value <= range.max);
  return inside ? [] : [{ rule, field, message: `${value} is not ${rangeText(range)}` }];
}

/** Three values, each within a range. */
export function eachWithin(
  rule: string,
  field: string,
  values: readonly number[],
  range: Range,
): Violation[] {
  return values.flatMap((value, index) => within(rule, `${field}/${index}`, value, range));
}

/** Ids that appear more than once, reported where they appear again. */
export function duplicates(rule: string, field: string, ids: readonly string[]): Violation[] {
  const seen = new Map<string, number>();
  const found: Violation[] = [];
  for (const [index, id] of ids.entries()) {
    const first = seen.get(id);
    if (first === undefined) seen.set(id, index);
    else {
      const message = `id ${id} is already used at ${field}/${first}`;
      found.push({ rule, field: `${field}/${index}/id`, message });
    }
  }
  return found;
}

/** A series on a regular grid with finite values. */
export function checkSeries(field: string, series: Series): Violation[] {
  return [
    ...within('series-start', `${field}/startAtMs`, series.startAtMs, {}),
    ...within('series-step', `${field}/stepSec`, series.stepSec, { above: 0 }),
    ...eachWithin('series-value', `${field}/values`, series.values, {}),
  ];
}

function rangeText(range: Range): string {
  const parts: string[] = [];
  if (range.above !== undefined) parts.push(`above ${range.above}`);
  if (range.min !== undefined) parts.push(`at least ${range.min}`);
  if (range.max !== undefined) parts.push(`at most ${range.max}`);
  return parts.length === 0 ? 'a finite number' : `a finite number ${parts.join(' and ')}`;
}
