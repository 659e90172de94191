import type { Executor, StoreDeps } from './deps.js';
import { toJsonIfPresent } from './json.js';
import type { AuditEntry, Store } from './ports.js';

export function auditDoor({ db }: StoreDeps): Store['audit'] {
  return { append: (entry) => writeAudit(db, entry) };
}

/** One row of the audit; inside the caller's transaction where it has one. */
export async function writeAudit(executor: Executor, entry: AuditEntry): Promise<void> {
  await executor
    .insertInto('audit')
    .values({
      tenant_id: entry.tenantId,
      site_id: entry.siteId ?? null,
      actor: entry.actor,
      action: entry.action,
      target: entry.target,
      before: toJsonIfPresent(entry.before) ?? null,
      after: toJsonIfPresent(entry.after) ?? null,
      at: new Date(entry.atMs),
    })
    .execute();
}
