/** What events say besides being events: meter samples, and where transactions run. */
import type { SiteEvent } from '../control/state.js';
import type { MeterSample } from '../ocpp/messages.js';
import { present } from './present.js';

/** Columns of meter_values, and the place of the event in its batch, from 1. */
export interface MeterRow {
  readonly event_index: number;
  readonly station_id: string;
  readonly evse_number?: number;
  readonly transaction_id?: string;
  readonly at_ms: number;
  readonly energy_wh?: number;
  readonly power_w?: number;
  readonly current_a?: readonly (number | undefined)[];
  readonly offered_a?: number;
  readonly soc_fraction?: number;
}

/** One row per sample, and one for a register that a transaction's start or end carries. */
export function meterRows(events: readonly SiteEvent[]): readonly MeterRow[] {
  return events.flatMap((event, index) => {
    if (!('stationId' in event)) return [];
    return samplesOf(event)
      .filter(isDated)
      .map((sample) =>
        present({
          event_index: index + 1,
          station_id: event.stationId,
          evse_number: 'evseNumber' in event ? event.evseNumber : undefined,
          transaction_id: 'transactionId' in event ? event.transactionId : undefined,
          at_ms: sample.atMs,
          energy_wh: finite(sample.energyWh),
          power_w: finite(sample.powerW),
          current_a: sample.currentA?.map(finite),
          offered_a: finite(sample.offeredA),
          soc_fraction: finite(sample.socFraction),
        }),
      );
  });
}

function samplesOf(event: SiteEvent): readonly MeterSample[] {
  switch (event.type) {
    case 'transaction.started':
      return register(event.atMs, event.meterStartWh);
    case 'transaction.ended':
      return [...event.samples, ...register(event.atMs, event.meterStopWh)];
    case 'transaction.updated':
    case 'meter.sampled':
      return event.samples;
    default:
      return [];
  }
}

/** The last instant of the year 9999; a sample outside is kept in its event alone. */
const INSTANT_MAX_MS = 253_402_300_799_999;

function isDated({ atMs }: MeterSample): boolean {
  return atMs >= 0 && atMs <= INSTANT_MAX_MS;
}

function finite(value: number | undefined): number | undefined {
  return Number.isFinite(value) ? value : undefined;
}

function register(atMs: number, energyWh: number | undefined): readonly MeterSample[] {
  return energyWh === undefined ? [] : [{ atMs, energyWh }];
}

export interface TransactionRow {
  readonly station_id: string;
  readonly transaction_id: string;
  readonly evse_number: number;
}

/** Each transaction event that names its EVSE; a start may have been lost. */
export function transactionRows(events: readonly SiteEvent[]): readonly TransactionRow[] {
  const rows = new Map<string, TransactionRow>();
  for (const event of events) {
    if (!('stationId' in event) || !('transactionId' in event) || !('evseNumber' in event))
      continue;
    const { stationId, transactionId, evseNumber } = event;
    if (transactionId === undefined || evseNumber === undefined) continue;
    const key = JSON.stringify([stationId, transactionId]);
    rows.set(key, {
      station_id: stationId,
      transaction_id: transactionId,
      evse_number: evseNumber,
    });
  }
  return [...rows.values()];
}
