import { type RawBuilder, sql } from 'kysely';
import { stationId as asStationId } from '../../../solver/index.js';
import type { RecordKind } from '../../ocpp/messages.js';
import type { StoreDeps } from '../deps.js';
import { fromJson } from '../json.js';
import { orAbsent, present } from '../present.js';
import type {
  DayFigures,
  EvseSpan,
  FigureStore,
  KeptRecord,
  LimitChange,
  Refusal,
  SessionTally,
  StationSpan,
} from './figure-ports.js';

/** Less than this moved is no charging, Wh. */
const ENERGY_SUCCESS_MIN_WH = 100;
/** A cable that was in for less, without a transaction, was nobody's attempt. */
const ATTEMPT_MIN_SEC = 60;

export function figuresDoor({ db }: StoreDeps): FigureStore {
  const read = async <Row>(query: RawBuilder<Row>): Promise<readonly Row[]> =>
    (await query.execute(db)).rows;
  return {
    tallies: async (siteId, sinceMs) =>
      (
        await read(sql<TallyRow>`
        select station_id, ${tally} from sessions
        where site_id = ${siteId} and plugged_in_at >= ${new Date(sinceMs)} and ${isAttempt}
        group by station_id`)
      ).map(tallyOf),
    tally: async (stationId, sinceMs) =>
      (
        await read(sql<TallyRow>`
        select ${stationId}::text as station_id, ${tally} from sessions
        where station_id = ${stationId} and plugged_in_at >= ${new Date(sinceMs)}
          and ${isAttempt}`)
      ).map(tallyOf)[0] ?? { stationId, attempted: 0, succeeded: 0 },
    opened: async (siteId, sinceMs) =>
      (
        await read(sql<{ station_id: string; count: number }>`
        select station_id, count(*)::integer as count from station_connections
        where site_id = ${siteId} and opened_at >= ${new Date(sinceMs)}
        group by station_id`)
      ).map(({ station_id: id, count }) => ({
        stationId: asStationId(id),
        count,
      })),
    clockOffsets: async (siteId, sinceMs) =>
      (
        await read(sql<OffsetRow>`
        select station_id, count(*)::integer as count,
          extract(epoch from min(received_at - at))::double precision * 1000 as min_ms,
          extract(epoch from max(received_at - at))::double precision * 1000 as max_ms
        from evse_status_history
        where site_id = ${siteId} and received_at >= ${new Date(sinceMs)}
        group by station_id`)
      ).map((row) => ({
        stationId: asStationId(row.station_id),
        minMs: row.min_ms,
        maxMs: row.max_ms,
        count: row.count,
      })),
    wholeFaulted: async (siteId) =>
      (
        await read(sql<{ station_id: string; error_code: string | null }>`
        select station_id, error_code from (
          select distinct on (station_id) station_id, status, error_code
          from evse_status_history where site_id = ${siteId} and evse_number = 0
          order by station_id, received_at desc, id desc
        ) as newest where status = 'faulted'`)
      ).map((row) => ({
        stationId: asStationId(row.station_id),
        ...present({ errorCode: orAbsent(row.error_code) }),
      })),
    silent: (siteId, beforeMs) => readSilent(read, siteId, beforeMs),
    records: async (siteId, afterId, limit) =>
      (
        await read(sql<RecordRow>`
        select id, station_id, evse_number, kind, severity, received_at, summary
        from station_records where site_id = ${siteId} and id > ${afterId}
        order by id limit ${limit}`)
      ).map(recordOf),
    days: async (siteId, fromMs, toMs) => (await read(daysQuery(siteId, fromMs, toMs))).map(dayOf),
    limits: (span) => readLimits(read, span),
    refusals: (span) => readRefusals(read, span),
  };
}

type Read = <Row>(query: RawBuilder<Row>) => Promise<readonly Row[]>;

/** Of rows that a process left open the newest alone can be a connection. */
async function readSilent(
  read: Read,
  siteId: string,
  beforeMs: number,
): ReturnType<FigureStore['silent']> {
  const rows = await read(sql<{ station_id: string; last_at: Date }>`
    select station_id, max(coalesce(last_message_at, opened_at)) as last_at
    from station_connections where site_id = ${siteId} and closed_at is null
    group by station_id
    having max(coalesce(last_message_at, opened_at)) < ${new Date(beforeMs)}`);
  return rows.map((row) => ({
    stationId: asStationId(row.station_id),
    lastMessageAtMs: row.last_at.getTime(),
  }));
}

async function readLimits(
  read: Read,
  { tenantId, evseId, fromMs, toMs }: EvseSpan,
): Promise<readonly LimitChange[]> {
  const [from, to] = [new Date(fromMs), new Date(toMs)];
  const columns = sql`at, limit_a, bound_by, id`;
  const rows = await read(sql<LimitRow>`
    (select ${columns} from decisions
     where tenant_id = ${tenantId} and evse_id = ${evseId} and at < ${from}
     order by at desc, id desc limit 1)
    union all
    (select ${columns} from decisions where tenant_id = ${tenantId} and evse_id = ${evseId}
       and at >= ${from} and at < ${to}
     order by at, id limit 2000)
    order by at, id`);
  return rows.map((row) => ({
    atMs: row.at.getTime(),
    limitA: row.limit_a,
    boundBy: fromJson<LimitChange['boundBy']>(row.bound_by),
  }));
}

async function readRefusals(
  read: Read,
  { tenantId, stationId, fromMs, toMs }: StationSpan,
): Promise<readonly Refusal[]> {
  const rows = await read(sql<{ id: number; at: Date; status: string }>`
    select id, at, substring(message from ${REFUSED}) as status from ocpp_log
    where tenant_id = ${tenantId} and station_id = ${stationId}
      and at >= ${new Date(fromMs)} and at < ${new Date(toMs)}
      and direction = 'out' and message_type = 3
      and action in ('Authorize', 'StartTransaction', 'TransactionEvent')
      and message ~ ${REFUSED}
    order by at, id limit 100`);
  return rows.map((row) => ({ messageId: row.id, atMs: row.at.getTime(), status: row.status }));
}

/** Rows of old know their registers alone. */
const energyWh = sql`coalesce(delivered_wh, greatest(0, meter_last_wh - meter_start_wh), 0)`;
const tally = sql`count(*)::integer as attempted,
  (count(*) filter (where ${energyWh} >= ${ENERGY_SUCCESS_MIN_WH}))::integer as succeeded`;
const isAttempt = sql`phase in ('finished', 'ended') and (transaction_id is not null
  or ended_at - plugged_in_at > interval '${sql.raw(String(ATTEMPT_MIN_SEC))} seconds')`;
/** The statuses of idTagInfo (1.6) and idTokenInfo (2.x) that are not Accepted. */
const REFUSED =
  '"idTo?[a-zA-Z]*Info":\\{[^}]*"status":"(Blocked|Expired|Invalid|ConcurrentTx|NoCredit|NotAllowed[a-zA-Z]*|NotAtThis[a-zA-Z]*|Unknown)"';

interface TallyRow {
  readonly station_id: string;
  readonly attempted: number;
  readonly succeeded: number;
}

function tallyOf({ station_id: id, attempted, succeeded }: TallyRow): SessionTally {
  return { stationId: asStationId(id), attempted, succeeded };
}

interface OffsetRow {
  readonly station_id: string;
  readonly min_ms: number;
  readonly max_ms: number;
  readonly count: number;
}

interface LimitRow {
  readonly at: Date;
  readonly limit_a: number;
  readonly bound_by: unknown;
}

interface RecordRow {
  readonly id: number;
  readonly station_id: string;
  readonly evse_number: number | null;
  readonly kind: RecordKind;
  readonly severity: KeptRecord['severity'];
  readonly received_at: Date;
  readonly summary: string;
}

function recordOf(row: RecordRow): KeptRecord {
  return {
    id: row.id,
    stationId: asStationId(row.station_id),
    kind: row.kind,
    severity: row.severity,
    receivedAtMs: row.received_at.getTime(),
    summary: row.summary,
    ...present({ evseNumber: orAbsent(row.evse_number) }),
  };
}

interface DayRow {
  readonly station_id: string;
  readonly day_ms: number;
  readonly connections: number;
  readonly errors: number;
  readonly sessions: number;
  readonly energy_wh: number;
  readonly temperature_max_c: number | null;
}

function daysQuery(siteId: string, fromMs: number, toMs: number): RawBuilder<DayRow> {
  const [from, to] = [new Date(fromMs), new Date(toMs)];
  const dayOfInstant = (column: string): RawBuilder<unknown> =>
    sql`(${sql.ref(column)} at time zone 'UTC')::date`;
  return sql<DayRow>`
    select station_id, extract(epoch from day)::double precision * 1000 as day_ms,
      sum(connections)::integer as connections, sum(errors)::integer as errors,
      sum(sessions)::integer as sessions, sum(energy_wh)::double precision as energy_wh,
      max(temperature_max_c) as temperature_max_c
    from (
      select station_id, ${dayOfInstant('opened_at')} as day, 1 as connections, 0 as errors,
        0 as sessions, 0::double precision as energy_wh,
        null::double precision as temperature_max_c
      from station_connections where site_id = ${siteId} and opened_at >= ${from}
        and opened_at < ${to}
      union all
      select station_id, ${dayOfInstant('received_at')}, 0, 1, 0, 0, null
      from evse_status_history where site_id = ${siteId} and received_at >= ${from}
        and received_at < ${to} and (status = 'faulted' or error_code is not null)
      union all
      select station_id, ${dayOfInstant('plugged_in_at')}, 0, 0, 1, ${energyWh}, null
      from sessions where site_id = ${siteId} and plugged_in_at >= ${from}
        and plugged_in_at < ${to} and phase = 'ended' and transaction_id is not null
      union all
      select reading.station_id, day, 0, 0, 0, 0, temperature_max_c
      from station_temperatures reading join station_credentials known
        on known.station_id = reading.station_id
      where known.site_id = ${siteId} and day >= ${from}::date and day < ${to}::date
    ) as figures
    group by station_id, day order by station_id, day`;
}

function dayOf(row: DayRow): DayFigures {
  return {
    stationId: asStationId(row.station_id),
    dayAtMs: row.day_ms,
    connections: row.connections,
    errors: row.errors,
    sessions: row.sessions,
    energyWh: row.energy_wh,
    ...present({ temperatureMaxC: orAbsent(row.temperature_max_c) }),
  };
}
