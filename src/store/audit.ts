import { redact } from '../platform/redact.js';
import type { Executor, StoreDeps } from './deps.js';
import { fromCursor } from './cursor.js';
import { fromJson, toJsonIfPresent } from './json.js';
import { pageOf } from './page.js';
import type { AuditAsk, AuditRow } from './people-ports.js';
import type { AuditEntry, Store } from './ports.js';
import { orAbsent, present } from './present.js';

export function auditDoor({ db }: StoreDeps): Store['audit'] {
  return {
    append: (entry) => writeAudit(db, entry),
    list: async (ask) => {
      const rows = await matching(db, ask)
        .orderBy('id', 'desc')
        .limit(ask.limit + 1)
        .execute();
      const key = (row: Row) => ({ atMs: row.at.getTime(), id: row.id });
      return pageOf(rows, ask.limit, { item: entryOf, key });
    },
  };
}

/** Newest first, in the order in which they were written. */
function matching(db: StoreDeps['db'], ask: AuditAsk) {
  const { siteId, actor, action, target, sinceMs, untilMs, after } = ask;
  let query = db.selectFrom('audit').selectAll().where('tenant_id', '=', ask.tenantId);
  if (siteId !== undefined) query = query.where('site_id', '=', siteId);
  if (actor !== undefined) query = query.where('actor', '=', actor);
  if (target !== undefined) query = query.where('target', '=', target);
  if (sinceMs !== undefined) query = query.where('at', '>=', new Date(sinceMs));
  if (untilMs !== undefined) query = query.where('at', '<', new Date(untilMs));
  if (action !== undefined) {
    query = query.where((is) =>
      is.or([
        is('action', '=', action),
        is(is.fn('starts_with', ['action', is.val(`${action}.`)]), '=', true),
      ]),
    );
  }
  if (after !== undefined) query = query.where('id', '<', fromCursor(after, 'number').id);
  return query;
}

/** One row of the audit; inside the caller's transaction where it has one. Secrets never go in. */
export async function writeAudit(executor: Executor, entry: AuditEntry): Promise<void> {
  await executor
    .insertInto('audit')
    .values({
      tenant_id: entry.tenantId,
      site_id: entry.siteId ?? null,
      actor: entry.actor,
      action: entry.action,
      target: entry.target,
      before: toJsonIfPresent(redact(entry.before)) ?? null,
      after: toJsonIfPresent(redact(entry.after)) ?? null,
      at: new Date(entry.atMs),
    })
    .execute();
}

interface Row {
  readonly id: number;
  readonly site_id: string | null;
  readonly actor: string;
  readonly action: string;
  readonly target: string;
  readonly before: unknown;
  readonly after: unknown;
  readonly at: Date;
}

function entryOf(row: Row): AuditRow {
  return present({
    id: row.id,
    siteId: orAbsent(row.site_id),
    actor: row.actor,
    action: row.action,
    target: row.target,
    before: fromJson<unknown>(row.before),
    after: fromJson<unknown>(row.after),
    atMs: row.at.getTime(),
  });
}
