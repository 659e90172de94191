import { type RawBuilder, sql } from 'kysely';
import { stationId as asStationId } from '../../../solver/index.js';
import type { OcppVersion } from '../../ocpp/messages.js';
import { writeAudit } from '../audit.js';
import { fromCursor, toCursor } from '../cursor.js';
import { storableText, toJson } from '../json.js';
import type { InboxDeps } from '../inbox.js';
import { orAbsent, present } from '../present.js';
import type { LoggedMessage, MessageQuery, NewMessage, OperationsStore } from './ports.js';

interface Row {
  readonly id: number;
  readonly station_id: string;
  readonly generation: number;
  readonly at: Date;
  readonly direction: 'in' | 'out';
  readonly version: OcppVersion | null;
  readonly message_type: number | null;
  readonly message_id: string | null;
  readonly action: string | null;
  readonly error_code: string | null;
  readonly bytes: number;
  readonly message: string;
}

/** The log of OCPP messages, ordered by the time at which we saw them. */
export function messagesDoor(deps: InboxDeps): OperationsStore['messages'] {
  const { db, clock, partitions } = deps;
  return {
    append: async (messages) => {
      if (messages.length === 0) return;
      await partitions.cover(messages.map((it) => it.atMs));
      await sql`
        insert into ocpp_log (site_id, tenant_id, station_id, generation, at, direction, version,
          action, message_type, message_id, bytes, error_code, message)
        select site_id, credential.tenant_id, credential.station_id, generation,
          to_timestamp(at_ms / 1000.0), direction, version, action, message_type, message_id,
          bytes, error_code, message
        from jsonb_array_elements(${toJson(messages.map(rowOf))}::jsonb) with ordinality
          as item (row, place)
        cross join lateral jsonb_to_record(row) as frame (station_id text, generation bigint,
          at_ms double precision, direction text, version text, action text,
          message_type integer, message_id text, bytes integer, error_code text, message text,
          sample double precision)
        join station_credentials credential on credential.station_id = frame.station_id
        left join message_log_settings kept on kept.station_id = frame.station_id
        where frame.sample < coalesce(kept.keep_fraction, 1)
        order by place`.execute(db);
    },
    list: (query) => listMessages(deps, query),
    keepFraction: async (stationId) => {
      const { rows } = await sql<{ keep_fraction: number }>`
        select keep_fraction from message_log_settings where station_id = ${stationId}`.execute(db);
      return rows[0]?.keep_fraction ?? 1;
    },
    setKeepFraction: ({ tenantId, siteId, stationId, keepFraction, actor }) =>
      db.transaction().execute(async (tx) => {
        const atMs = clock.nowMs();
        await sql`
          insert into message_log_settings (station_id, tenant_id, keep_fraction, updated_at, actor)
          values (${stationId}, ${tenantId}, ${keepFraction}, ${new Date(atMs)}, ${actor})
          on conflict (station_id) do update set keep_fraction = excluded.keep_fraction,
            updated_at = excluded.updated_at, actor = excluded.actor`.execute(tx);
        const action = 'station.message-log-set';
        const target = `station:${stationId}`;
        await writeAudit(tx, {
          tenantId,
          siteId,
          actor,
          action,
          target,
          after: { keepFraction },
          atMs,
        });
      }),
  };
}

function rowOf(message: NewMessage): object {
  return {
    station_id: message.stationId,
    generation: message.generation,
    at_ms: message.atMs,
    direction: message.direction,
    version: message.version,
    action: message.action,
    message_type: message.messageType,
    message_id: message.messageId,
    bytes: message.bytes,
    error_code: message.errorCode,
    message: storableText(message.message),
    sample: message.sample,
  };
}

/**
 * How many messages of a station a page looks at: a search that finds nothing among them answers with
 * a page that is not full, and a cursor to go on from.
 */
const LOOKED_AT_MAX = 10_000;

async function listMessages(
  { db }: Pick<InboxDeps, 'db'>,
  query: MessageQuery,
): ReturnType<OperationsStore['messages']['list']> {
  const { tenantId, stationId, limit } = query;
  const place = [sql`station_id = ${stationId}`, ...placesOf(query)];
  const search = searchOf(query);
  const order = query.order === 'newest-first' ? sql`at desc, id desc` : sql`at, id`;
  const last = search.length === 0 ? undefined : await lastLookedAt(db, place, order);
  const until = last === undefined ? [] : [sql`(at, id) ${beforeOrAt(query)} ${placeOf(last)}`];
  const where = [sql`tenant_id = ${tenantId}`, ...place, ...until, ...search];
  const { rows } = await sql<Row>`
    select id, station_id, generation, at, direction, version, message_type, message_id, action,
      error_code, bytes, message
    from ocpp_log where ${sql.join(where, sql` and `)}
    order by ${order} limit ${limit + 1}`.execute(db);
  const items = rows.slice(0, limit).map(messageOf);
  const shown = rows.length > limit ? items.at(-1) : last;
  return shown === undefined ? { items } : { items, next: toCursor(shown) };
}

interface Place {
  readonly atMs: number;
  readonly id: number;
}

/** Undefined: the search comes to the end of the log without looking at too many. */
async function lastLookedAt(
  db: InboxDeps['db'],
  place: readonly RawBuilder<unknown>[],
  order: RawBuilder<unknown>,
): Promise<Place | undefined> {
  const { rows } = await sql<{ at: Date; id: number }>`
    select at, id from ocpp_log where ${sql.join(place, sql` and `)}
    order by ${order} offset ${LOOKED_AT_MAX - 1} limit 1`.execute(db);
  return rows.map(({ at, id }) => ({ atMs: at.getTime(), id }))[0];
}

/** What the order of the log itself finds; that of errors is an index of its own. */
function placesOf({ fromMs, toMs, order, after, only }: MessageQuery): RawBuilder<unknown>[] {
  const where: RawBuilder<unknown>[] = [];
  if (fromMs !== undefined) where.push(sql`at >= ${new Date(fromMs)}`);
  if (toMs !== undefined) where.push(sql`at < ${new Date(toMs)}`);
  if (after !== undefined) {
    const than = placeOf(fromCursor(after, 'number'));
    where.push(order === 'newest-first' ? sql`(at, id) < ${than}` : sql`(at, id) > ${than}`);
  }
  if (only === 'errors') where.push(sql`error_code is not null`);
  return where;
}

/** What is found by looking at messages. */
function searchOf({ direction, action, messageType, text }: MessageQuery): RawBuilder<unknown>[] {
  const where: RawBuilder<unknown>[] = [];
  if (direction !== undefined) where.push(sql`direction = ${direction}`);
  if (action !== undefined) where.push(sql`action = ${action}`);
  if (messageType !== undefined) where.push(sql`message_type = ${messageType}`);
  if (text !== undefined) {
    where.push(sql`position(lower(${storableText(text)}) in lower(message)) > 0`);
  }
  return where;
}

function beforeOrAt({ order }: MessageQuery): RawBuilder<unknown> {
  return order === 'newest-first' ? sql`>=` : sql`<=`;
}

function placeOf({ atMs, id }: Place): RawBuilder<unknown> {
  return sql`(${new Date(atMs)}::timestamptz, ${id}::bigint)`;
}

function messageOf(row: Row): LoggedMessage {
  return {
    id: row.id,
    stationId: asStationId(row.station_id),
    atMs: row.at.getTime(),
    direction: row.direction,
    generation: row.generation,
    bytes: row.bytes,
    message: row.message,
    ...present({
      version: orAbsent(row.version),
      messageType: orAbsent(row.message_type),
      messageId: orAbsent(row.message_id),
      action: orAbsent(row.action),
      errorCode: orAbsent(row.error_code),
    }),
  };
}
