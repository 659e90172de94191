/**
 * Upkeep of stations: follows what they report, and looks at its rows at a pace of its own for what is
 * due. A hint that is lost costs one pause, because the rows are looked at anyway.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { StationId } from '../../solver/index.js';
import type { StationEvent, StationRecord } from '../ocpp/messages.js';
import type { SigningAsk } from '../ocpp/ports.js';
import { lookAtRequests, takeSigningRequest } from './certificates/requests.js';
import { pruneLogs, takeLogStatus } from './diagnostics/requests.js';
import { takeFirmwareStatus } from './firmware/updates.js';
import { watchLists } from './local-list/watch-lists.js';
import type { UpkeepDeps } from './ports.js';
import {
  expireReservations,
  takeReservationUpdate,
  useReservations,
} from './reservations/reservations.js';

const PRUNE_EVERY_MS = 3_600_000;
/** A station that does not answer must not hold up the end: its row says where to go on. */
const STOP_WAIT_MS = 3000;

export interface Upkeep extends UpkeepDeps {
  /** What stations said, after it was committed. Nothing of a station waits for what follows. */
  tookEvents(events: readonly StationEvent[]): void;
  tookRecords(records: readonly StationRecord[]): void;
  /** Why a certificate request is refused; undefined where it will be looked after. */
  requestCertificate(stationId: StationId, ask: SigningAsk): Promise<string | undefined>;
  /** What is wanted of this station's list has changed. */
  listChanged(stationId: StationId): void;
  start(): void;
  stop(): Promise<void>;
}

export function createUpkeep(deps: UpkeepDeps): Upkeep {
  const lists = watchLists(deps);
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  let turns: Promise<void> = Promise.resolve();
  let isStopped = false;
  let prunedAtMs = Number.NEGATIVE_INFINITY;

  /** One failing part does not keep the others from their look. */
  const guarded = async (part: string, work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      deps.log.warn({ part, err: String(error) }, 'upkeep: tried again at the next look');
    }
  };
  /** What stations said counts in the order in which they said it. */
  const inTurn = (part: string, work: () => Promise<void>): void => {
    turns = turns.then(() => guarded(part, work));
  };
  const prune = async (): Promise<void> => {
    if (deps.realNowMs() - prunedAtMs < PRUNE_EVERY_MS) return;
    await pruneLogs(deps);
    prunedAtMs = deps.realNowMs();
  };
  const look = async (): Promise<void> => {
    await guarded('certificates', () => lookAtRequests(deps));
    await guarded('local lists', () => lists.look());
    await guarded('reservations', () => expireReservations(deps));
    await guarded('files', prune);
  };
  const arm = (): void => {
    if (isStopped) return;
    timer = setTimeout(() => {
      running = look().finally(arm);
    }, deps.settings.lookEveryMs);
  };

  return {
    ...deps,
    tookEvents(events) {
      for (const event of events) {
        if (event.type === 'station.connected') lists.touch(event.stationId);
        if (event.type !== 'transaction.started') continue;
        inTurn('reservations', () => useReservations(deps, event));
      }
    },
    tookRecords(records) {
      for (const record of records) {
        const take = TAKERS[record.kind];
        if (take !== undefined) inTurn(record.kind, () => take(deps, record));
      }
    },
    requestCertificate: (stationId, ask) => takeSigningRequest(deps, stationId, ask),
    listChanged: (stationId) => lists.touch(stationId),
    start: arm,
    async stop() {
      isStopped = true;
      clearTimeout(timer);
      const limit = sleep(STOP_WAIT_MS, undefined, { ref: false });
      await Promise.race([Promise.all([running, turns]), limit]);
    },
  };
}

type Taker = (deps: UpkeepDeps, record: StationRecord) => Promise<void>;

const TAKERS: Partial<Readonly<Record<StationRecord['kind'], Taker>>> = {
  'firmware-status': takeFirmwareStatus,
  'log-status': takeLogStatus,
  'reservation-status': takeReservationUpdate,
};
