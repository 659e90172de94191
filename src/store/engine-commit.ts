/** Writes one cycle: all of it or nothing, and only by the newest engine of the site. */
import { type RawBuilder, sql, type Transaction } from 'kysely';
import { CpmsError } from '../platform/errors.js';
import type { CommandOutcome } from '../ocpp/messages.js';
import type { StoreDeps } from './deps.js';
import { toJson } from './json.js';
import type { Partitions } from './partitions.js';
import type { CycleWrite } from './ports.js';
import type { Database } from './schema.js';
import { sessionToRow } from './session-rows.js';

export interface CommitDeps extends StoreDeps {
  readonly partitions: Partitions;
}

/**
 * Throws `stale-epoch` when a newer engine has claimed the site. After any other failure it is not
 * known whether the cycle was written: claim the epoch anew and load.
 */
export async function commitCycle(
  { db, clock, partitions }: CommitDeps,
  write: CycleWrite,
): Promise<void> {
  await partitions.cover(write.decisions.map((decision) => decision.atMs));
  await db.transaction().execute(async (tx) => {
    await fence(tx, write, new Date(clock.nowMs()));
    await writeStates(tx, write);
    await writeSessions(tx, write);
    await writeSignals(tx, write);
    await writeBuildingLoad(tx, write);
    await writeOutbox(tx, write);
    await writeDecisions(tx, write);
  });
}

type Tx = Transaction<Database>;

/** The row lock taken here is what serialises two engines of one site. */
async function fence(tx: Tx, write: CycleWrite, committedAt: Date): Promise<void> {
  const { site } = write;
  const { numUpdatedRows } = await tx
    .updateTable('sites')
    .set({
      next_seq: write.nextSeq,
      inbox_seq: write.inboxSeq,
      committed_at: committedAt,
      ...(write.control === undefined ? {} : { control: toJson(write.control) }),
      ...(site === undefined ? {} : { config: toJson(site), version: site.version }),
    })
    .where('id', '=', write.siteId)
    .where('epoch', '=', write.epoch)
    .executeTakeFirst();
  if (numUpdatedRows > 0n) return;
  const message = `epoch ${write.epoch} of site ${write.siteId} is over: another engine runs it`;
  throw new CpmsError('stale-epoch', message, { retriable: false });
}

async function writeStates(tx: Tx, write: CycleWrite): Promise<void> {
  for (const table of ['stations', 'evses'] as const) {
    const states = write[table];
    if (states.length === 0) continue;
    await tx
      .insertInto(table)
      .values(states.map((state) => ({ id: state.id, ...owner(write), state: toJson(state) })))
      .onConflict((conflict) => conflict.column('id').doUpdateSet(excluded(['epoch', 'state'])))
      .execute();
  }
}

const SESSION_CHANGES = [
  'epoch',
  'phase',
  'transaction_id',
  'id_token',
  'plugged_in_at',
  'started_at',
  'ended_at',
  'meter_start_wh',
  'meter_last_wh',
  'meter_last_at',
  'stop_reason',
  'claim',
  'state',
  'actor',
] as const;

async function writeSessions(tx: Tx, write: CycleWrite): Promise<void> {
  if (write.sessions.length === 0) return;
  await tx
    .insertInto('sessions')
    .values(write.sessions.map((session) => sessionToRow(session, write)))
    .onConflict((conflict) => conflict.column('id').doUpdateSet(excluded(SESSION_CHANGES)))
    .execute();
}

async function writeSignals(tx: Tx, write: CycleWrite): Promise<void> {
  if (write.signals.length === 0) return;
  const rows = write.signals.map((signal) => ({
    id: signal.id,
    ...owner(write),
    type: signal.type,
    issuer: signal.issuer,
    sequence: signal.sequence,
    ends_at: new Date(signal.endsAtMs),
    received_at: new Date(signal.receivedAtMs),
    state: toJson(signal),
  }));
  const changes = [
    'epoch',
    'type',
    'issuer',
    'sequence',
    'ends_at',
    'received_at',
    'state',
  ] as const;
  await tx
    .insertInto('signals')
    .values(rows)
    .onConflict((conflict) => conflict.columns(['site_id', 'id']).doUpdateSet(excluded(changes)))
    .execute();
}

async function writeBuildingLoad(tx: Tx, write: CycleWrite): Promise<void> {
  if (write.buildingLoad.length === 0) return;
  const rows = write.buildingLoad.map((load) => ({
    circuit_id: load.circuitId,
    ...owner(write),
    readings: toJson(load.readings),
  }));
  await tx
    .insertInto('building_load')
    .values(rows)
    .onConflict((conflict) =>
      conflict.columns(['site_id', 'circuit_id']).doUpdateSet(excluded(['epoch', 'readings'])),
    )
    .execute();
}

async function writeOutbox(tx: Tx, write: CycleWrite): Promise<void> {
  if (write.planned.length > 0) {
    const rows = write.planned.map((pending) => ({
      ...owner(write),
      seq: pending.seq,
      epoch: pending.epoch,
      station_id: pending.stationId,
      evse_id: pending.evseId ?? null,
      purpose: pending.purpose,
      command: toJson(pending.command),
      priority: pending.priority,
      state: 'planned' as const,
      created_at: new Date(pending.createdAtMs),
      expires_at: new Date(pending.expiresAtMs),
    }));
    await tx.insertInto('outbox').values(rows).execute();
  }
  if (write.answered.length === 0) return;
  const answers = write.answered.map(({ seq, outcome, atMs }) => ({
    seq,
    outcome,
    at_ms: atMs,
    state: OUTBOX_STATE[outcome.status],
  }));
  await sql`
    update outbox set state = answer.state, outcome = answer.outcome,
      answered_at = to_timestamp(answer.at_ms / 1000.0)
    from jsonb_to_recordset(${toJson(answers)}::jsonb)
      as answer (seq bigint, state text, outcome jsonb, at_ms double precision)
    where outbox.site_id = ${write.siteId} and outbox.seq = answer.seq
  `.execute(tx);
}

const OUTBOX_STATE: Readonly<Record<CommandOutcome['status'], 'acked' | 'unknown' | 'fenced'>> = {
  accepted: 'acked',
  rejected: 'acked',
  'not-supported': 'acked',
  error: 'acked',
  timeout: 'unknown',
  closed: 'unknown',
  'not-sent': 'fenced',
};

async function writeDecisions(tx: Tx, write: CycleWrite): Promise<void> {
  if (write.decisions.length === 0) return;
  const rows = write.decisions.map((decision) => ({
    ...owner(write),
    evse_id: decision.evseId,
    session_id: decision.sessionId ?? null,
    at: new Date(decision.atMs),
    limit_a: decision.limitA,
    goal_a: decision.goalA,
    bound_by: toJson(decision.boundBy),
  }));
  await tx.insertInto('decisions').values(rows).execute();
}

function owner({ siteId, tenantId, epoch }: CycleWrite): {
  site_id: string;
  tenant_id: string;
  epoch: number;
} {
  return { site_id: siteId, tenant_id: tenantId, epoch };
}

/** Sets columns to what the refused insert held. */
function excluded<Column extends string>(
  columns: readonly Column[],
): Record<Column, RawBuilder<never>> {
  const entries = columns.map((name) => [name, sql<never>`excluded.${sql.ref(name)}`]);
  return Object.fromEntries(entries) as Record<Column, RawBuilder<never>>;
}
