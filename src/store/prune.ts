/** Forgets what nobody needs any more. Sites, sessions and the audit are never pruned. */
import { type RawBuilder, sql } from 'kysely';
import type { StoreDeps } from './deps.js';
import { PARTITIONED, type Partitions } from './partitions.js';

export interface PruneDeps extends StoreDeps {
  readonly partitions: Partitions;
  /** Meter values, decisions, histories. */
  readonly retentionDays: number;
  /** Messages of the OCPP log. */
  readonly ocppLogDays: number;
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
  const { db, partitions, retentionDays, ocppLogDays } = deps;
  const messagesBefore = new Date(nowMs - MESSAGES_KEPT_MS);
  const historyBefore = new Date(nowMs - retentionDays * DAY_MS);
  await partitions.cover([nowMs, nowMs + 31 * DAY_MS]);
  const logBefore = new Date(nowMs - ocppLogDays * DAY_MS);
  for (const table of PARTITIONED) {
    const before = table === 'ocpp_log' ? logBefore : historyBefore;
    await partitions.dropBefore(table, before.getTime());
    await deleteAll(db, `${table}_default`, sql`at < ${before}`);
  }
  // Months are dropped whole; the month that the limit falls into loses its days one by one.
  await deleteMessages(db, logBefore);
  const foldedIn = sql`(select inbox_seq from sites where sites.id = inbox.site_id)`;
  await deleteAll(db, 'inbox', sql`received_at < ${messagesBefore} and seq <= ${foldedIn}`);
  await deleteAll(db, 'outbox', sql`answered_at < ${messagesBefore}`);
  await deleteAll(db, 'station_records', sql`received_at < ${historyBefore}`);
  await deleteAll(db, 'evse_status_history', sql`received_at < ${historyBefore}`);
  await deleteAll(db, 'station_connections', sql`closed_at < ${historyBefore}`);
  await deleteAll(db, 'station_temperatures', sql`day < ${historyBefore}`);
  await deleteAll(db, 'faults', sql`solved_at < ${historyBefore}`);
  await deleteAll(db, 'alert_deliveries', sql`ended_at < ${historyBefore}`);
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

/** Over several partitions a row's place alone does not name it. */
async function deleteMessages(db: StoreDeps['db'], before: Date): Promise<void> {
  for (;;) {
    const { numAffectedRows } = await sql`
      delete from ocpp_log where at < ${before} and (tableoid, ctid) in (
        select tableoid, ctid from ocpp_log where at < ${before} limit ${ROWS_PER_DELETE}
      )`.execute(db);
    if ((numAffectedRows ?? 0n) < ROWS_PER_DELETE) return;
  }
}
