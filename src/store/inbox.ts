import { sql } from 'kysely';
import type { SiteId } from '../../solver/index.js';
import type { SiteEvent } from '../control/state.js';
import type { StoreDeps } from './deps.js';
import { type Batch, groupCommit } from './group-commit.js';
import { fromJson, toJson } from './json.js';
import { meterRows, transactionRows } from './meter-rows.js';
import { historyWrites } from './operations/station-rows.js';
import type { Partitions } from './partitions.js';
import { sqlState } from './pool.js';
import type { Store } from './ports.js';
import { siteUnknown } from './sites.js';
import { fromStoredEvent, toStoredEvent } from './stored-event.js';

/** Keeps one statement's text below a few hundred kilobytes. */
const EVENTS_PER_WRITE_MAX = 500;

export interface InboxDeps extends StoreDeps {
  readonly partitions: Partitions;
  readonly serverKey: (name: string) => Promise<Buffer>;
}

/** Seals what an operator's command must not show in its row. */
const SEAL_KEY = 'commands';

/** Sequences have no gaps: they are taken from a counter in the statement that writes the rows. */
export function inboxDoor(deps: InboxDeps): Store['inbox'] {
  const batches = new Map<SiteId, Batch<SiteEvent, number>>();
  const batchOf = (siteId: SiteId): Batch<SiteEvent, number> => {
    const known = batches.get(siteId);
    if (known !== undefined) return known;
    const batch = groupCommit<SiteEvent, number>({
      write: (events) => write(deps, siteId, events),
      itemsMax: EVENTS_PER_WRITE_MAX,
      isItemFault,
    });
    batches.set(siteId, batch);
    return batch;
  };

  return {
    append: async (siteId, events) => (events.length === 0 ? [] : batchOf(siteId).add(events)),
    read: async (siteId, afterSeq, limit) => {
      const rows = await deps.db
        .selectFrom('inbox')
        .select(['seq', 'event'])
        .where('site_id', '=', siteId)
        .where('seq', '>', afterSeq)
        .orderBy('seq')
        .limit(limit)
        .execute();
      const key = await deps.serverKey(SEAL_KEY);
      return rows.map(({ seq, event }) => ({
        seq,
        event: fromStoredEvent(fromJson(event), { key }),
      }));
    },
  };
}

/** Data exceptions and broken constraints (SQLSTATE classes 22 and 23). */
function isItemFault(error: unknown): boolean {
  return /^2[23]/.test(sqlState(error) ?? '');
}

/**
 * One statement, so one round trip and one flush: takes the sequences, writes the events, the meter
 * samples they bring and which EVSE a transaction runs on.
 */
async function write(
  { db, clock, partitions, serverKey }: InboxDeps,
  siteId: SiteId,
  events: readonly SiteEvent[],
): Promise<readonly number[]> {
  const nowMs = clock.nowMs();
  const meter = meterRows(events);
  await partitions.cover(meter.map((row) => row.at_ms));
  const key = await serverKey(SEAL_KEY);
  const rows = events.map((event) => ({
    event: toStoredEvent(event, { key }),
    received_ms: 'receivedAtMs' in event ? event.receivedAtMs : nowMs,
  }));
  const result = await sql<{ seq: number }>`
    with head as (
      update inbox_heads set head = head + ${events.length} where site_id = ${siteId}
      returning head - ${events.length} as base, tenant_id
    ), samples as (
      insert into meter_values (site_id, tenant_id, inbox_seq, station_id, evse_number,
        transaction_id, at, energy_wh, power_w, current_a, offered_a, soc_fraction)
      select ${siteId}, tenant_id, base + event_index, station_id, evse_number, transaction_id,
        to_timestamp(at_ms / 1000.0), energy_wh, power_w, current_a, offered_a, soc_fraction
      from head, jsonb_to_recordset(${toJson(meter)}::jsonb) as sample (event_index bigint,
        station_id text, evse_number integer, transaction_id text, at_ms double precision,
        energy_wh double precision, power_w double precision, current_a double precision[],
        offered_a double precision, soc_fraction double precision)
    ), known as (
      insert into transactions (station_id, transaction_id, site_id, tenant_id, evse_number)
      select station_id, transaction_id, ${siteId}, tenant_id, evse_number
      from head, jsonb_to_recordset(${toJson(transactionRows(events))}::jsonb)
        as started (station_id text, transaction_id text, evse_number integer)
      on conflict do nothing
    )${historyWrites(siteId, events)}
    insert into inbox (site_id, seq, tenant_id, type, event, received_at)
    select ${siteId}, base + index, tenant_id, row -> 'event' ->> 'type', row -> 'event',
      to_timestamp((row ->> 'received_ms')::double precision / 1000.0)
    from head, jsonb_array_elements(${toJson(rows)}::jsonb) with ordinality as item (row, index)
    order by index
    returning seq
  `.execute(db);
  if (result.rows.length !== events.length) throw siteUnknown(siteId);
  return result.rows.map((row) => row.seq).sort((a, b) => a - b);
}
