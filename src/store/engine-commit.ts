/** Writes one cycle: all of it or nothing, and only by the newest engine of the site. */
import { type RawBuilder, sql } from 'kysely';
import { CpmsError } from '../platform/errors.js';
import { maskSecrets } from '../ocpp/mask-secrets.js';
import type { CommandOutcome } from '../ocpp/messages.js';
import type { StoreDeps } from './deps.js';
import { toJson } from './json.js';
import type { Partitions } from './partitions.js';
import type { CycleWrite } from './ports.js';
import { sessionToRow } from './session-rows.js';

export interface CommitDeps extends StoreDeps {
  readonly partitions: Partitions;
}

/**
 * One statement, so one round trip and one flush. Every part reads from `fence`: with an old epoch it
 * is empty, and nothing is written. Its row lock serialises two engines of one site.
 *
 * Throws `stale-epoch` when a newer engine has claimed the site. After any other failure it is not
 * known whether the cycle was written: claim the epoch anew and load.
 */
export async function commitCycle(
  { db, clock, partitions }: CommitDeps,
  write: CycleWrite,
): Promise<void> {
  await partitions.cover(write.decisions.map((decision) => decision.atMs));
  const parts = [
    fence(write, new Date(clock.nowMs())),
    putStates('stations', stationRows(write)),
    putStates('evses', evseRows(write)),
    dropStates('stations', write.removedStations),
    dropStates('evses', write.removedEvses),
    putSessions(write),
    putSignals(write),
    putLoad(write),
    putPlanned(write),
    putAnswers(write),
    putDecisions(write),
    putTests(write),
    putRungs(write),
  ];
  const { rows } = await sql<{ fenced: number }>`
    with ${sql.join(parts)} select count(*) as fenced from fence`.execute(db);
  if (rows[0]?.fenced === 1) return;
  const message = `epoch ${write.epoch} of site ${write.siteId} is over: another engine runs it`;
  throw new CpmsError('stale-epoch', message, { retriable: false });
}

/** One `name as (statement)` of the whole. */
type Part = RawBuilder<unknown>;

function fence(write: CycleWrite, committedAt: Date): Part {
  const { site, control } = write;
  return sql`fence as (
    update sites set next_seq = ${write.nextSeq}, inbox_seq = ${write.inboxSeq},
      committed_at = ${committedAt},
      control = coalesce(${control === undefined ? null : toJson(control)}::jsonb, control),
      config = coalesce(${site === undefined ? null : toJson(site)}::jsonb, config),
      version = coalesce(${site?.version ?? null}::integer, version)
    where id = ${write.siteId} and epoch = ${write.epoch}
    returning id
  )`;
}

function putStates(name: 'stations' | 'evses', rows: string): Part {
  const table = sql.table(name);
  return sql`${sql.id(`put_${name}`)} as (
    insert into ${table}
    select row.* from fence, jsonb_populate_recordset(null::${table}, ${rows}) row
    on conflict (id) do update set epoch = excluded.epoch, state = excluded.state
  )`;
}

/** What an edit took out of the site; it may come back later, of another site. */
function dropStates(name: 'stations' | 'evses', ids: readonly string[] = []): Part {
  return sql`${sql.id(`drop_${name}`)} as (
    delete from ${sql.table(name)} using fence
    where site_id = fence.id and ${sql.table(name)}.id = any (${[...ids]}::text[])
  )`;
}

function putSessions(write: CycleWrite): Part {
  return sql`put_sessions as (
    insert into sessions
    select row.* from fence, jsonb_populate_recordset(null::sessions, ${sessionRows(write)}) row
    on conflict (id) do update set epoch = excluded.epoch, phase = excluded.phase,
      transaction_id = excluded.transaction_id, id_token = excluded.id_token,
      plugged_in_at = excluded.plugged_in_at, started_at = excluded.started_at,
      ended_at = excluded.ended_at, meter_start_wh = excluded.meter_start_wh,
      meter_last_wh = excluded.meter_last_wh, meter_last_at = excluded.meter_last_at,
      stop_reason = excluded.stop_reason, claim = excluded.claim, state = excluded.state,
      actor = excluded.actor, delivered_wh = excluded.delivered_wh
  )`;
}

function putSignals(write: CycleWrite): Part {
  return sql`put_signals as (
    insert into signals
    select row.* from fence, jsonb_populate_recordset(null::signals, ${signalRows(write)}) row
    on conflict (site_id, id) do update set epoch = excluded.epoch, type = excluded.type,
      issuer = excluded.issuer, sequence = excluded.sequence, ends_at = excluded.ends_at,
      received_at = excluded.received_at, state = excluded.state
  )`;
}

function putLoad(write: CycleWrite): Part {
  return sql`put_load as (
    insert into building_load
    select row.* from fence, jsonb_populate_recordset(null::building_load, ${loadRows(write)}) row
    on conflict (site_id, circuit_id) do update set epoch = excluded.epoch,
      readings = excluded.readings
  )`;
}

function putPlanned(write: CycleWrite): Part {
  return sql`put_planned as (
    insert into outbox
    select row.* from fence, jsonb_populate_recordset(null::outbox, ${plannedRows(write)}) row
  )`;
}

function putAnswers(write: CycleWrite): Part {
  return sql`put_answers as (
    update outbox set state = answer.state, outcome = answer.outcome,
      answered_at = answer.answered_at
    from fence, jsonb_populate_recordset(null::outbox, ${answerRows(write)}) answer
    where outbox.site_id = fence.id and outbox.seq = answer.seq
  )`;
}

function putDecisions(write: CycleWrite): Part {
  return sql`put_decisions as (
    insert into decisions (site_id, tenant_id, epoch, evse_id, session_id, at, limit_a, goal_a,
      bound_by)
    select row.site_id, row.tenant_id, row.epoch, row.evse_id, row.session_id, row.at,
      row.limit_a, row.goal_a, row.bound_by
    from fence, jsonb_populate_recordset(null::decisions, ${decisionRows(write)}) row
  )`;
}

function putTests(write: CycleWrite): Part {
  return sql`put_tests as (
    insert into smart_charging_tests
    select row.* from fence, jsonb_populate_recordset(null::smart_charging_tests, ${testRows(write)}) row
    on conflict (number) do update set status = excluded.status, ended_at = excluded.ended_at,
      test = excluded.test
  )`;
}

/** The newest observation of each rung at a station. */
function putRungs(write: CycleWrite): Part {
  return sql`put_rungs as (
    insert into capability_rungs
    select row.* from fence, jsonb_populate_recordset(null::capability_rungs, ${rungRows(write)}) row
    on conflict (tenant_id, vendor, model, firmware, rung, station_id) do update
      set cause = excluded.cause, observed = excluded.observed, since = excluded.since
  )`;
}

/** Rows go as JSON with the columns' names; instants as RFC 3339. */
interface Owner {
  readonly site_id: string;
  readonly tenant_id: string;
  readonly epoch: number;
}

function owner({ siteId, tenantId, epoch }: CycleWrite): Owner {
  return { site_id: siteId, tenant_id: tenantId, epoch };
}

function stationRows(write: CycleWrite): string {
  return toJson(write.stations.map((state) => ({ id: state.id, state, ...owner(write) })));
}

function evseRows(write: CycleWrite): string {
  return toJson(write.evses.map((state) => ({ id: state.id, state, ...owner(write) })));
}

function sessionRows(write: CycleWrite): string {
  return toJson(write.sessions.map((session) => sessionToRow(session, write)));
}

function signalRows(write: CycleWrite): string {
  return toJson(
    write.signals.map((signal) => ({
      id: signal.id,
      type: signal.type,
      issuer: signal.issuer,
      sequence: signal.sequence,
      ends_at: new Date(signal.endsAtMs),
      received_at: new Date(signal.receivedAtMs),
      state: signal,
      ...owner(write),
    })),
  );
}

function loadRows(write: CycleWrite): string {
  return toJson(
    write.buildingLoad.map(({ circuitId, readings }) => ({
      circuit_id: circuitId,
      readings,
      ...owner(write),
    })),
  );
}

/** A command may end in the cycle that planned it; the update of answers does not see its row yet. */
function plannedRows(write: CycleWrite): string {
  const answers = new Map(write.answered.map((answer) => [answer.seq, answerRow(answer)]));
  return toJson(
    write.planned.map((pending) => ({
      site_id: write.siteId,
      tenant_id: write.tenantId,
      seq: pending.seq,
      epoch: pending.epoch,
      station_id: pending.stationId,
      evse_id: pending.evseId,
      purpose: pending.purpose,
      command: pending.commandId === undefined ? pending.command : maskSecrets(pending.command),
      command_id: pending.commandId,
      actor: pending.actor,
      priority: pending.priority,
      state: 'planned',
      created_at: new Date(pending.createdAtMs),
      expires_at: new Date(pending.expiresAtMs),
      ...answers.get(pending.seq),
    })),
  );
}

function answerRows(write: CycleWrite): string {
  return toJson(write.answered.map(answerRow));
}

function answerRow({ seq, outcome, atMs }: CycleWrite['answered'][number]): object {
  return { seq, outcome, answered_at: new Date(atMs), state: OUTBOX_STATE[outcome.status] };
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

function decisionRows(write: CycleWrite): string {
  return toJson(
    write.decisions.map((decision) => ({
      evse_id: decision.evseId,
      session_id: decision.sessionId,
      at: new Date(decision.atMs),
      limit_a: decision.limitA,
      goal_a: decision.goalA,
      bound_by: decision.boundBy,
      ...owner(write),
    })),
  );
}

function testRows(write: CycleWrite): string {
  return toJson(
    (write.tests ?? []).map((test) => ({
      number: test.number,
      station_id: test.stationId,
      site_id: write.siteId,
      tenant_id: write.tenantId,
      actor: test.actor,
      status: test.status,
      vendor: test.vendor,
      model: test.model,
      firmware: test.firmware,
      started_at: new Date(test.startedAtMs),
      ended_at: test.endedAtMs === undefined ? undefined : new Date(test.endedAtMs),
      test,
    })),
  );
}

/** One row for each place: a statement cannot change one twice. */
function rungRows(write: CycleWrite): string {
  const rows = new Map<string, object>();
  for (const { stationId, kind, rungs } of write.forms ?? []) {
    const { vendor, model, firmware = '' } = kind;
    for (const { rung, on, observed, sinceMs } of rungs) {
      rows.set(JSON.stringify([stationId, vendor, model, firmware, rung]), {
        tenant_id: write.tenantId,
        vendor,
        model,
        firmware,
        rung,
        station_id: stationId,
        site_id: write.siteId,
        cause: on,
        observed,
        since: new Date(sinceMs),
      });
    }
  }
  return toJson([...rows.values()]);
}
