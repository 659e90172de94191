/** Forgets what nobody needs any more. Sites, sessions and the audit are never pruned. */
import { type RawBuilder, sql } from 'kysely';
import type { StoreDeps } from './deps.js';
import { PARTITIONED, type Partitions } from './partitions.js';

export interface PruneDeps extends StoreDeps {
  readonly partitions: Partitions;
  /** Meter values, decisions and the OCPP log. */
  readonly retentionDays: number;
}

const DAY_MS = 24 * 3_600_000;
/** Events already folded in, and commands already answered: for looking back, no longer for running. */
const MESSAGES_KEPT_MS = 14 * DAY_MS;
/** Senders retry for a day at most. */
const WEBHOOK_IDS_KEPT_MS = 2 * DAY_MS;
/** Clients retry for a day at most. */
const ANSWERS_KEPT_MS = DAY_MS;
/** Short transactions: a prune must never hold up a station. */
const ROWS_PER_DELETE = 5000;

export async function prune(deps: PruneDeps, nowMs: number): Promise<void> {
  const { db, partitions, retentionDays } = deps;
  const messagesBefore = new Date(nowMs - MESSAGES_KEPT_MS);
  const historyBefore = new Date(nowMs - retentionDays * DAY_MS);
  await partitions.cover([nowMs, nowMs + 31 * DAY_MS]);
  await partitions.dropBefore(historyBefore.getTime());
  for (const table of PARTITIONED) {
    await deleteAll(db, `${table}_default`, sql`at < ${historyBefore}`);
  }
  const foldedIn = sql`(select inbox_seq from sites where sites.id = inbox.site_id)`;
  await deleteAll(db, 'inbox', sql`received_at < ${messagesBefore} and seq <= ${foldedIn}`);
  await deleteAll(db, 'outbox', sql`answered_at < ${messagesBefore}`);
  await deleteAll(db, 'station_records', sql`received_at < ${historyBefore}`);
  // Real time: what people and their browsers do has no other clock.
  const answersBefore = sql`now() - make_interval(secs => ${ANSWERS_KEPT_MS / 1000})`;
  await deleteAll(db, 'idempotency_keys', sql`created_at < ${answersBefore}`);
  await deleteAll(db, 'browser_sessions', sql`expires_at < now()`);
  await deleteAll(db, 'user_invitations', sql`expires_at < now()`);
  const idsBefore = new Date(nowMs - WEBHOOK_IDS_KEPT_MS);
  await deleteAll(db, 'webhook_ids', sql`seen_at < ${idsBefore}`);
}

async function deleteAll(
  db: StoreDeps['db'],
  name: string,
  condition: RawBuilder<unknown>,
): Promise<void> {
  const table = sql.table(name);
  for (;;) {
    const { numAffectedRows } = await sql`
      delete from ${table} where ctid = any (array (
        select ctid from ${table} where ${condition} limit ${ROWS_PER_DELETE}
      ))`.execute(db);
    if ((numAffectedRows ?? 0n) < ROWS_PER_DELETE) return;
  }
}
