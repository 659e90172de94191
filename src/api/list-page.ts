/** Pages of lists that are in memory, by id: what is added or removed in between moves nothing else. */
import { Problem } from './problem.js';
import { PAGE_LIMIT_DEFAULT } from './schema/common.js';

export function listPage<T extends { readonly id: string }>(
  all: readonly T[],
  { limit = PAGE_LIMIT_DEFAULT, after }: { readonly limit?: number; readonly after?: string },
): { items: T[]; next?: string } {
  const afterId = after === undefined ? undefined : idOf(after);
  const rest = all
    .filter(({ id }) => afterId === undefined || id > afterId)
    .sort((a, b) => (a.id < b.id ? -1 : 1));
  const items = rest.slice(0, limit);
  const last = items.at(-1);
  if (rest.length <= limit || last === undefined) return { items };
  return { items, next: Buffer.from(last.id, 'utf8').toString('base64url') };
}

function idOf(cursor: string): string {
  const id = Buffer.from(cursor, 'base64url').toString('utf8');
  if (Buffer.from(id, 'utf8').toString('base64url') === cursor) return id;
  throw new Problem('bad-request', { detail: 'after: is not a `next` of ours' });
}
