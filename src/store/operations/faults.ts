import { randomUUID } from 'node:crypto';
import { type RawBuilder, sql } from 'kysely';
import { siteId as asSiteId, stationId as asStationId } from '../../../solver/index.js';
import { writeAudit } from '../audit.js';
import { fromCursor, toCursor } from '../cursor.js';
import type { StoreDeps } from '../deps.js';
import { fromJson, storableText, toJson } from '../json.js';
import { msOrAbsent, orAbsent, present } from '../present.js';
import type {
  Condition,
  Evidence,
  Fault,
  FaultGroup,
  FaultKind,
  FaultScope,
  FaultState,
  FaultStore,
  Severity,
} from './fault-ports.js';

export interface FaultRow {
  readonly id: string;
  readonly tenant_id: string;
  readonly site_id: string;
  readonly station_id: string | null;
  readonly evse_number: number | null;
  readonly key: string;
  readonly kind: FaultKind;
  readonly cause: string;
  readonly severity: Severity;
  readonly summary: string;
  readonly state: FaultState;
  readonly first_seen_at: Date;
  readonly last_seen_at: Date;
  readonly count: number;
  readonly evidence: unknown;
  readonly note: string | null;
  readonly actor: string;
  readonly acknowledged_at: Date | null;
  readonly solved_at: Date | null;
  readonly version: number;
}

const SUMMARY_LENGTH_MAX = 400;

/** Each change of state leaves a row in fault_events in the same statement: alerts are made of those. */
export function faultsDoor(deps: StoreDeps): FaultStore {
  const { db } = deps;
  return {
    reconcile: async (scope, kinds, conditions, atMs) => {
      const keys = conditions.map((it) => it.key);
      await sql`
        with upserted as (${upsert(scope, conditions, atMs, 0)}), ended as (
          update faults set state = 'solved', solved_at = ${new Date(atMs)}, actor = 'system',
            version = version + 1
          where tenant_id = ${scope.tenantId} and site_id = ${scope.siteId} and state <> 'solved'
            and kind = any (${kinds}::text[]) and not key = any (${keys}::text[])
          returning id, tenant_id
        )
        ${eventsOf(atMs)}`.execute(db);
    },
    occur: async (scope, conditions, atMs) => {
      if (conditions.length === 0) return;
      await sql`
        with upserted as (${upsert(scope, conditions, atMs, 1)}),
        ended as (select null::text as id, null::text as tenant_id where false)
        ${eventsOf(atMs)}`.execute(db);
    },
    solveQuiet: async (kinds, sinceMs, atMs) => {
      await sql`
        with ended as (
          update faults set state = 'solved', solved_at = ${new Date(atMs)}, actor = 'system',
            version = version + 1
          where state <> 'solved' and kind = any (${kinds}::text[])
            and last_seen_at < ${new Date(sinceMs)}
          returning id, tenant_id
        )
        insert into fault_events (tenant_id, fault_id, type, at)
        select tenant_id, id, 'fault.solved', ${new Date(atMs)} from ended`.execute(db);
    },
    list: (query) => listFaults(deps, query),
    find: async (tenantId, id) => {
      const { rows } = await sql<FaultRow>`
        select * from faults where tenant_id = ${tenantId} and id = ${id}`.execute(db);
      return rows[0] === undefined ? undefined : faultOf(rows[0]);
    },
    groups: (tenantId) => groupFaults(deps, tenantId),
    change: (ask) => changeFault(deps, ask),
    mark: async (name) => {
      const { rows } = await sql<{ position: number }>`
        select position from operation_marks where name = ${name}`.execute(db);
      return rows[0]?.position ?? 0;
    },
    setMark: async (name, position) => {
      await sql`insert into operation_marks (name, position) values (${name}, ${position})
        on conflict (name) do update set
          position = greatest(operation_marks.position, excluded.position)`.execute(db);
    },
  };
}

/** The last of several conditions with one key counts: a statement may touch a row once. */
function upsert(
  { tenantId, siteId }: FaultScope,
  conditions: readonly Condition[],
  atMs: number,
  repeats: 0 | 1,
): RawBuilder<unknown> {
  const byKey = new Map(conditions.map((it) => [it.key, it]));
  const times = (key: string): number => conditions.filter((it) => it.key === key).length;
  const rows = [...byKey.values()].map((it) => ({
    id: randomUUID(),
    station_id: it.stationId,
    evse_number: it.evseNumber,
    key: it.key,
    kind: it.kind,
    cause: it.cause,
    severity: it.severity,
    summary: storableText(it.summary.slice(0, SUMMARY_LENGTH_MAX)),
    times: times(it.key),
    evidence: it.evidence,
  }));
  const at = new Date(atMs);
  return sql`
    insert into faults (id, tenant_id, site_id, station_id, evse_number, key, kind, cause, severity,
      summary, state, first_seen_at, last_seen_at, count, evidence, actor)
    select id, ${tenantId}, ${siteId}, station_id, evse_number, key, kind, cause, severity, summary,
      'open', ${at}, ${at}, times, evidence, 'system'
    from jsonb_to_recordset(${toJson(rows)}::jsonb) as given (id text, station_id text,
      evse_number integer, key text, kind text, cause text, severity text, summary text,
      times integer, evidence jsonb)
    on conflict (tenant_id, key) where state <> 'solved' do update set
      last_seen_at = excluded.last_seen_at, summary = excluded.summary,
      severity = excluded.severity, evidence = excluded.evidence,
      count = faults.count + ${repeats} * excluded.count
    returning id, tenant_id, (xmax = 0) as is_new`;
}

function eventsOf(atMs: number): RawBuilder<unknown> {
  const at = new Date(atMs);
  return sql`
    insert into fault_events (tenant_id, fault_id, type, at)
    select tenant_id, id, 'fault.opened', ${at}::timestamptz from upserted where is_new
    union all select tenant_id, id, 'fault.solved', ${at}::timestamptz from ended`;
}

async function listFaults(
  { db }: Pick<StoreDeps, 'db'>,
  query: Parameters<FaultStore['list']>[0],
): ReturnType<FaultStore['list']> {
  const { tenantId, siteId, stationId, states, kinds, limit, after } = query;
  const where = [sql`tenant_id = ${tenantId}`];
  if (siteId !== undefined) where.push(sql`site_id = ${siteId}`);
  if (stationId !== undefined) where.push(sql`station_id = ${stationId}`);
  if (states !== undefined) where.push(sql`state = any (${states}::text[])`);
  if (kinds !== undefined) where.push(sql`kind = any (${kinds}::text[])`);
  if (after !== undefined) {
    const { atMs, id } = fromCursor(after, 'string');
    where.push(sql`(first_seen_at, id) < (${new Date(atMs)}::timestamptz, ${id}::text)`);
  }
  const { rows } = await sql<FaultRow>`
    select * from faults where ${sql.join(where, sql` and `)}
    order by first_seen_at desc, id desc limit ${limit + 1}`.execute(db);
  const items = rows.slice(0, limit).map(faultOf);
  const last = items.at(-1);
  if (rows.length <= limit || last === undefined) return { items };
  return { items, next: toCursor({ atMs: last.firstSeenAtMs, id: last.id }) };
}

interface GroupRow {
  readonly cause: string;
  readonly kind: FaultKind;
  readonly severity: Severity;
  readonly faults: number;
  readonly stations: number;
  readonly first_seen_at: Date;
  readonly last_seen_at: Date;
}

async function groupFaults(
  { db }: Pick<StoreDeps, 'db'>,
  tenantId: string,
): Promise<readonly FaultGroup[]> {
  const rank = sql`max(array_position(array['info', 'warning', 'error'], severity))`;
  const { rows } = await sql<GroupRow>`
    select cause, kind, (array['info', 'warning', 'error'])[${rank}] as severity,
      count(*)::integer as faults, count(distinct station_id)::integer as stations,
      min(first_seen_at) as first_seen_at, max(last_seen_at) as last_seen_at
    from faults where tenant_id = ${tenantId} and state <> 'solved'
    group by cause, kind
    order by ${rank} desc, count(*) desc, cause limit 500`.execute(db);
  return rows.map(({ first_seen_at: first, last_seen_at: last, ...rest }) => ({
    ...rest,
    firstSeenAtMs: first.getTime(),
    lastSeenAtMs: last.getTime(),
  }));
}

function changeFault(
  { db }: StoreDeps,
  { tenantId, id, state, note, actor, atMs }: Parameters<FaultStore['change']>[0],
): ReturnType<FaultStore['change']> {
  return db.transaction().execute(async (tx) => {
    const { rows: known } = await sql<FaultRow>`
      select * from faults where tenant_id = ${tenantId} and id = ${id} and state <> 'solved'
      for update`.execute(tx);
    const [before] = known;
    if (before === undefined) return undefined;
    const at = new Date(atMs);
    const text = note === undefined ? before.note : storableText(note);
    const { rows } = await sql<FaultRow>`
      update faults set state = ${state}, note = ${text}, actor = ${actor}, version = version + 1,
        acknowledged_at = case when ${state}::text = 'acknowledged' then ${at}::timestamptz
          else acknowledged_at end,
        solved_at = case when ${state}::text = 'solved' then ${at}::timestamptz end
      where id = ${id} returning *`.execute(tx);
    const [after] = rows;
    if (after === undefined) return undefined;
    if (state === 'solved') {
      await sql`insert into fault_events (tenant_id, fault_id, type, at)
        values (${tenantId}, ${id}, 'fault.solved', ${at})`.execute(tx);
    }
    const siteId = asSiteId(after.site_id);
    await writeAudit(tx, {
      tenantId,
      siteId,
      actor,
      action: 'fault.changed',
      target: `fault:${id}`,
      before: { state: before.state, note: before.note },
      after: { state: after.state, note: after.note },
      atMs,
    });
    return faultOf(after);
  });
}

export function faultOf(row: FaultRow): Fault {
  return {
    id: row.id,
    tenantId: row.tenant_id,
    siteId: asSiteId(row.site_id),
    key: row.key,
    kind: row.kind,
    cause: row.cause,
    severity: row.severity,
    summary: row.summary,
    state: row.state,
    firstSeenAtMs: row.first_seen_at.getTime(),
    lastSeenAtMs: row.last_seen_at.getTime(),
    count: row.count,
    evidence: fromJson<Evidence>(row.evidence),
    actor: row.actor,
    version: row.version,
    ...present({
      stationId: row.station_id === null ? undefined : asStationId(row.station_id),
      evseNumber: orAbsent(row.evse_number),
      note: orAbsent(row.note),
      acknowledgedAtMs: msOrAbsent(row.acknowledged_at),
      solvedAtMs: msOrAbsent(row.solved_at),
    }),
  };
}
