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

/**
 * Each table for itself: one that cannot be pruned now does not keep the others. Throws the first
 * failure in the end, so that the job is tried again.
 */
export async function prune(deps: PruneDeps, nowMs: number): Promise<void> {
  const { db, partitions, retentionDays, ocppLogDays } = deps;
  const messagesBefore = new Date(nowMs - MESSAGES_KEPT_MS);
  const historyBefore = new Date(nowMs - retentionDays * DAY_MS);
  const logBefore = new Date(nowMs - ocppLogDays * DAY_MS);
  // Real time: what people and their browsers do has no other clock.
  const answersBefore = sql`now() - make_interval(secs => ${ANSWERS_KEPT_MS / 1000})`;
  const idsBefore = new Date(nowMs - WEBHOOK_IDS_KEPT_MS);
  const rows = (table: string, condition: RawBuilder<unknown>) => () =>
    deleteAll(db, table, condition);
  await inTurn([
    () => partitions.cover([nowMs, nowMs + 31 * DAY_MS]),
    ...PARTITIONED.flatMap((table) => {
      const before = table === 'ocpp_log' ? logBefore : historyBefore;
      return [
        () => partitions.dropBefore(table, before.getTime()),
        rows(`${table}_default`, sql`at < ${before}`),
      ];
    }),
    () => deleteMessages(db, logBefore),
    () => deleteInbox(db, messagesBefore),
    rows('outbox', sql`answered_at < ${messagesBefore}`),
    rows('station_records', sql`received_at < ${historyBefore}`),
    rows('evse_status_history', sql`received_at < ${historyBefore} and ${isNotNewestStatus}`),
    rows('station_connections', sql`closed_at < ${historyBefore} and ${isNotNewestConnection}`),
    rows('power_history', sql`at < ${historyBefore}`),
    rows('station_temperatures', sql`day < ${historyBefore}`),
    rows('faults', sql`state = 'solved' and solved_at < ${historyBefore}`),
    rows('alert_deliveries', sql`ended_at < ${historyBefore}`),
    rows('idempotency_keys', sql`created_at < ${answersBefore}`),
    rows('browser_sessions', sql`expires_at < now()`),
    rows('user_invitations', sql`expires_at < now()`),
    rows('webhook_ids', sql`seen_at < ${idsBefore}`),
  ]);
}

/** What a station or an EVSE was last is what it is, however long ago it said so. */
const isNotNewestStatus = sql`exists (
  select from evse_status_history later
  where later.station_id = evse_status_history.station_id
    and later.evse_number = evse_status_history.evse_number
    and (later.received_at, later.id) > (evse_status_history.received_at, evse_status_history.id))`;
const isNotNewestConnection = sql`exists (
  select from station_connections later
  where later.station_id = station_connections.station_id
    and (later.opened_at, later.id) > (station_connections.opened_at, station_connections.id))`;

async function inTurn(steps: readonly (() => Promise<void>)[]): Promise<void> {
  const failures: unknown[] = [];
  for (const step of steps) await step().catch((error: unknown) => failures.push(error));
  if (failures.length > 0) throw failures[0];
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

/**
 * Months are dropped whole; the month that the limit falls into is taken off slice by slice along the
 * index of the instants: what has been deleted is not passed again.
 */
async function deleteMessages(db: StoreDeps['db'], before: Date): Promise<void> {
  let { from } = await firstMessage(db, before);
  while (from !== undefined) {
    const { rows } = await sql<{ at: Date }>`
      select at from ocpp_log where at > ${from} and at < ${before}
      order by at offset ${ROWS_PER_DELETE} limit 1`.execute(db);
    const to = rows[0]?.at;
    await sql`delete from ocpp_log where at >= ${from} and at < ${to ?? before}`.execute(db);
    from = to;
  }
}

async function firstMessage(
  db: StoreDeps['db'],
  before: Date,
): Promise<{ readonly from: Date | undefined }> {
  const { rows } = await sql<{ at: Date }>`
    select at from ocpp_log where at < ${before} order by at limit 1`.execute(db);
  return { from: rows[0]?.at };
}

/** By site and sequence, as its key has it: rows come in the order in which they are forgotten. */
async function deleteInbox(db: StoreDeps['db'], before: Date): Promise<void> {
  const { rows: sites } = await sql<{ id: string; inbox_seq: number }>`
    select id, inbox_seq from sites`.execute(db);
  for (const { id, inbox_seq: foldedIn } of sites) {
    for (;;) {
      const { numAffectedRows } = await sql`
        delete from inbox where site_id = ${id} and seq = any (array (
          select seq from (
            select seq, received_at from inbox where site_id = ${id} and seq <= ${foldedIn}
            order by seq limit ${ROWS_PER_DELETE}
          ) as oldest where received_at < ${before}
        ))`.execute(db);
      if ((numAffectedRows ?? 0n) < ROWS_PER_DELETE) break;
    }
  }
}
