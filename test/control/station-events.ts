/** What a station says, in short. Everything is received at the instant at which it happened. */
import { stationId, type StationId } from '../../solver/index.js';
import type { EvseStatus, MeterSample, StationEvent } from '../../src/ocpp/messages.js';

type Of<T extends StationEvent['type']> = Extract<StationEvent, { type: T }>;

export interface Voice {
  readonly id: StationId;
  connected(generation?: number): Of<'station.connected'>;
  disconnected(generation?: number): Of<'station.disconnected'>;
  booted(more?: Partial<Of<'station.booted'>>): Of<'station.booted'>;
  rebooting(): StationEvent;
  unsettled(): StationEvent;
  status(status: EvseStatus, evseNumber?: number): Of<'evse.status'>;
  started(transactionId: string, more?: Partial<Of<'transaction.started'>>): StationEvent;
  updated(transactionId: string, more?: Partial<Of<'transaction.updated'>>): StationEvent;
  ended(transactionId: string, more?: Partial<Of<'transaction.ended'>>): StationEvent;
  sampled(samples: readonly MeterSample[], more?: Partial<Of<'meter.sampled'>>): StationEvent;
}

/** `clock.nowMs` is read at each call. */
export function voiceOf(name: string, clock: { readonly nowMs: number }): Voice {
  const id = stationId(name);
  const now = () => ({ stationId: id, receivedAtMs: clock.nowMs });
  const at = () => ({ ...now(), atMs: clock.nowMs, offline: false });
  return {
    id,
    connected: (generation = 1) => ({
      ...now(),
      type: 'station.connected',
      generation,
      version: 'ocpp1.6',
    }),
    disconnected: (generation = 1) => ({
      ...now(),
      type: 'station.disconnected',
      generation,
      reason: 'gone',
    }),
    booted: (more) => ({ ...now(), type: 'station.booted', vendor: 'V', model: 'M', ...more }),
    unsettled: () => ({ ...now(), type: 'station.unsettled' }),
    rebooting: () => ({ ...now(), type: 'station.rebooting' }),
    status: (status, evseNumber = 1) => ({
      ...now(),
      type: 'evse.status',
      evseNumber,
      status,
      atMs: clock.nowMs,
    }),
    started: (transactionId, more) => ({
      ...at(),
      type: 'transaction.started',
      evseNumber: 1,
      transactionId,
      ...more,
    }),
    updated: (transactionId, more) => ({
      ...at(),
      type: 'transaction.updated',
      transactionId,
      samples: [],
      ...more,
    }),
    ended: (transactionId, more) => ({
      ...at(),
      type: 'transaction.ended',
      transactionId,
      samples: [],
      ...more,
    }),
    sampled: (samples, more) => ({
      ...now(),
      type: 'meter.sampled',
      evseNumber: 1,
      samples,
      ...more,
    }),
  };
}
