import { toCursor, type SortKey } from './cursor.js';
import type { Page } from './ports.js';

/** A page of rows of which one more than `limit` was read. */
export function pageOf<Row, Item>(
  rows: readonly Row[],
  limit: number,
  of: { readonly item: (row: Row) => Item; readonly key: (row: Row) => SortKey<string | number> },
): Page<Item> {
  const shown = rows.slice(0, limit);
  const items = shown.map(of.item);
  const last = shown.at(-1);
  if (rows.length <= limit || last === undefined) return { items };
  return { items, next: toCursor(of.key(last)) };
}
