/** Every change runs through here: its audit row first, so that no change is without one. */
import type { SiteId } from '../../solver/index.js';
import type { AuditEntry } from '../store/ports.js';
import { orUnavailable } from './api-errors.js';
import type { ApiContext } from './context.js';

export interface Change {
  readonly tenantId: string;
  readonly siteId?: SiteId;
  readonly actor: string;
  /** `noun.past-participle` */
  readonly action: string;
  readonly target: string;
  readonly before?: unknown;
  readonly after?: unknown;
}

/**
 * Appends the audit row, then runs the change. A change that fails afterwards leaves a row of what
 * was tried; 503 then says the truth, nothing was changed.
 */
export async function write<T>(api: ApiContext, change: Change, run: () => Promise<T>): Promise<T> {
  const entry: AuditEntry = { ...change, atMs: api.clock.nowMs() };
  await orUnavailable(api.store.audit.append(entry));
  return orUnavailable(run());
}
