/** What events say of connections and of the status of EVSEs, as rows of their histories. */
import { type RawBuilder, sql } from 'kysely';
import type { SiteEvent } from '../../control/state.js';
import { storableText, toJson } from '../json.js';

type Of<T extends SiteEvent['type']> = Extract<SiteEvent, { type: T }>;

/** The last instant of the year 9999. */
const INSTANT_MAX_MS = 253_402_300_799_999;
/** A gateway that ended without a word leaves its connections open in the rows. */
export const PROCESS_ENDED = 'process-ended';

/**
 * Common table expressions for the statement that appends the events; each reads the tenant from `head`.
 * Empty where the events say nothing of the kind.
 */
export function historyWrites(siteId: string, events: readonly SiteEvent[]): RawBuilder<unknown> {
  const connections = connectionRows(events);
  const statuses = statusRows(events);
  const isStart = events.some((it) => it.type === 'engine.started' && it.links === 'closed');
  return sql`${isStart ? closeOrphans(siteId) : sql``}${
    connections.length > 0 ? writeConnections(siteId, connections) : sql``
  }${statuses.length > 0 ? writeStatuses(siteId, statuses) : sql``}`;
}

interface ConnectionRow {
  station_id: string;
  generation: number;
  opened_ms: number;
  version?: string;
  remote_address?: string;
  last_message_ms?: number;
  closed_ms?: number;
  close_code?: number;
  close_reason?: string;
  messages_in?: number;
  messages_out?: number;
}

/** One row a connection: both of its ends may come in one statement, which sees each row once. */
export function connectionRows(events: readonly SiteEvent[]): readonly ConnectionRow[] {
  const rows = new Map<string, ConnectionRow>();
  for (const event of events) {
    if (event.type !== 'station.connected' && event.type !== 'station.disconnected') continue;
    const key = `${event.stationId} ${event.generation}`;
    const known = rows.get(key);
    rows.set(key, { ...known, ...endOf(event, known) });
  }
  return [...rows.values()];
}

function endOf(
  event: Of<'station.connected'> | Of<'station.disconnected'>,
  known: ConnectionRow | undefined,
): ConnectionRow {
  const { stationId: station_id, generation, receivedAtMs } = event;
  if (event.type === 'station.connected') {
    const { version, remoteAddress } = event;
    const from = remoteAddress === undefined ? {} : { remote_address: storableText(remoteAddress) };
    return { station_id, generation, opened_ms: receivedAtMs, version, ...from };
  }
  const { closeCode, messagesIn, messagesOut, lastMessageAtMs } = event;
  return {
    station_id,
    generation,
    // A generation is the instant of its connection, or just after an earlier one.
    opened_ms: known?.opened_ms ?? Math.min(generation, receivedAtMs),
    closed_ms: receivedAtMs,
    close_reason: storableText(event.reason.slice(0, 200)),
    messages_in: messagesIn ?? 0,
    messages_out: messagesOut ?? 0,
    ...(closeCode === undefined ? {} : { close_code: closeCode }),
    ...(lastMessageAtMs === undefined ? {} : { last_message_ms: lastMessageAtMs }),
  };
}

function writeConnections(siteId: string, rows: readonly ConnectionRow[]): RawBuilder<unknown> {
  return sql`, connections as (
      insert into station_connections (tenant_id, site_id, station_id, generation, version,
        remote_address, opened_at, last_message_at, closed_at, close_code, close_reason,
        messages_in, messages_out)
      select tenant_id, ${siteId}, station_id, generation, version, remote_address,
        to_timestamp(opened_ms / 1000.0), to_timestamp(last_message_ms / 1000.0),
        to_timestamp(closed_ms / 1000.0), close_code, close_reason,
        coalesce(messages_in, 0), coalesce(messages_out, 0)
      from head, jsonb_to_recordset(${toJson(rows)}::jsonb) as row (station_id text,
        generation bigint, version text, remote_address text, opened_ms double precision,
        last_message_ms double precision, closed_ms double precision, close_code integer,
        close_reason text, messages_in bigint, messages_out bigint)
      on conflict (station_id, generation) do update set
        version = coalesce(excluded.version, station_connections.version),
        remote_address = coalesce(excluded.remote_address, station_connections.remote_address),
        last_message_at = greatest(excluded.last_message_at, station_connections.last_message_at),
        closed_at = coalesce(excluded.closed_at, station_connections.closed_at),
        close_code = coalesce(excluded.close_code, station_connections.close_code),
        close_reason = coalesce(excluded.close_reason, station_connections.close_reason),
        messages_in = greatest(excluded.messages_in, station_connections.messages_in),
        messages_out = greatest(excluded.messages_out, station_connections.messages_out)
    )`;
}

/** When an engine starts no socket is open: what the rows say otherwise ended with a process. */
function closeOrphans(siteId: string): RawBuilder<unknown> {
  return sql`, orphans as (
      update station_connections as it set close_reason = ${PROCESS_ENDED}, closed_at = greatest(
        opened_at, last_message_at, (
          select at from ocpp_log
          where ocpp_log.station_id = it.station_id and at >= it.opened_at
            and generation = it.generation
          order by at desc limit 1
        ))
      where site_id = ${siteId} and closed_at is null
    )`;
}

interface StatusRow {
  readonly station_id: string;
  readonly evse_number: number;
  readonly status: string;
  readonly error_code?: string;
  readonly at_ms: number;
  readonly received_ms: number;
}

function statusRows(events: readonly SiteEvent[]): readonly StatusRow[] {
  return events
    .filter((event) => event.type === 'evse.status')
    .map(({ stationId, evseNumber, status, errorCode, atMs, receivedAtMs }) => ({
      station_id: stationId,
      evse_number: evseNumber,
      status,
      ...(errorCode === undefined ? {} : { error_code: storableText(errorCode) }),
      at_ms: atMs >= 0 && atMs <= INSTANT_MAX_MS ? atMs : receivedAtMs,
      received_ms: receivedAtMs,
    }));
}

function writeStatuses(siteId: string, rows: readonly StatusRow[]): RawBuilder<unknown> {
  return sql`, statuses as (
      insert into evse_status_history (tenant_id, site_id, station_id, evse_number, status,
        error_code, at, received_at)
      select tenant_id, ${siteId}, station_id, evse_number, status, error_code,
        to_timestamp(at_ms / 1000.0), to_timestamp(received_ms / 1000.0)
      from head, jsonb_to_recordset(${toJson(rows)}::jsonb) as row (station_id text,
        evse_number integer, status text, error_code text, at_ms double precision,
        received_ms double precision)
    )`;
}
