/** What is wrong at a site now: pure, from what the engine knows and what the histories count. */
import type { StationId } from '../../solver/index.js';
import type { EvseState, SiteState, StationState } from '../control/state.js';
import { isTested } from '../control/initial-state.js';
import { kindOf } from '../control/kind.js';
import type { SiteEvse } from '../sites/site.js';
import type { Condition, FaultKind } from '../store/operations/fault-ports.js';
import type {
  ClockOffsets,
  FigureStore,
  SessionTally,
  StationCount,
  StationFault,
} from '../store/operations/figure-ports.js';
import { errorInWords } from './error-codes.js';

/** What lasts: found again and again while it is so, and solved when it is not found any more. */
export const LASTING_KINDS: readonly FaultKind[] = [
  'clock-skew',
  'distrusted',
  'evse-faulted',
  'flapping',
  'meter-silent',
  'no-heartbeat',
  'not-guaranteed',
  'profile-refused',
  'retest-due',
  'sessions-failing',
  'station-offline',
];

const MINUTE_MS = 60_000;
const OFFLINE_AFTER_MS = 15 * MINUTE_MS;
/** Three heartbeats of the interval that we give. */
export const SILENT_AFTER_MS = 15 * MINUTE_MS;
/** Sample intervals without a sample in a running session. */
const SAMPLES_MISSED = 5;
const CONNECTIONS_PER_HOUR_MAX = 6;
const ATTEMPTS_MIN = 5;
const FAILED_FRACTION_MAX = 0.2;
const SKEW_MAX_MS = 2 * MINUTE_MS;
/** A message may be late for reasons of its own; a clock that is behind makes all of them late. */
const SKEW_SAMPLES_MIN = 5;

export interface Counted {
  readonly openedLastHour: readonly StationCount[];
  readonly talliesLastDay: readonly SessionTally[];
  readonly clockOffsets: readonly ClockOffsets[];
  readonly silent: Awaited<ReturnType<FigureStore['silent']>>;
  readonly wholeFaulted: readonly StationFault[];
}

export function lastingConditions(
  state: SiteState,
  counted: Counted,
  nowMs: number,
): readonly Condition[] {
  /** Histories outlive stations that are taken away. */
  const isOurs = ({ stationId }: { readonly stationId: StationId }): boolean =>
    state.stations.has(stationId);
  const isLinked = ({ stationId }: { readonly stationId: StationId }): boolean =>
    (state.stations.get(stationId)?.stage ?? 'offline') !== 'offline';
  return [
    ...[...state.stations.values()].flatMap((station) => [
      ...ofStation(station, nowMs),
      ...retestDue(state, station),
    ]),
    ...state.site.evses.flatMap((evse) => ofEvse(state, evse, nowMs)),
    ...ofCircuits(state),
    ...counted.openedLastHour.filter(isOurs).flatMap(flapping),
    ...counted.talliesLastDay.filter(isOurs).flatMap(failing),
    ...counted.clockOffsets.filter(isOurs).flatMap(skewed),
    ...counted.silent.filter(isLinked).map((it) => silent(it, nowMs)),
    ...counted.wholeFaulted.filter(isOurs).map(wholeFaulted),
  ];
}

function ofStation(station: StationState, nowMs: number): readonly Condition[] {
  const { id: stationId, stage, disconnectedAtMs, closeReason, trouble } = station;
  const found: Condition[] = [];
  const goneMs = disconnectedAtMs === undefined ? 0 : nowMs - disconnectedAtMs;
  if (stage === 'offline' && goneMs >= OFFLINE_AFTER_MS) {
    found.push({
      key: `station-offline ${stationId}`,
      kind: 'station-offline',
      cause: 'The station is not connected',
      severity: 'error',
      stationId,
      summary: `${stationId} has been offline for ${Math.floor(goneMs / MINUTE_MS)} min`,
      evidence: { figures: { closeReason: closeReason ?? '', offlineMin: minutes(goneMs) } },
    });
  }
  if (trouble !== undefined) {
    found.push({
      key: `profile-refused ${stationId}`,
      kind: 'profile-refused',
      cause: 'The station refuses what load management needs',
      severity: 'error',
      stationId,
      summary: `${stationId}: ${trouble}`,
      evidence: { figures: { attempts: station.attempts } },
    });
  }
  return found;
}

/** R0: another vendor, model or firmware than the one that passed. */
function retestDue({ site }: SiteState, station: StationState): readonly Condition[] {
  const { id: stationId, card, firmware } = station;
  const passedAs = station.testedAs ?? (card?.offlineTested === true ? card.kind : undefined);
  if (passedAs === undefined || passedAs === kindOf(station)) return [];
  if (isTested(site, stationId, station)) return [];
  const now = firmware === undefined ? 'another model' : `firmware ${firmware}`;
  return [
    {
      key: `retest-due ${stationId}`,
      kind: 'retest-due',
      cause: 'The offline tests were passed with other firmware',
      severity: 'warning',
      stationId,
      summary: `${stationId} has ${now} since its offline tests: while it is offline it is reserved at its maximum until they are passed again`,
      evidence: { figures: { firmware: firmware ?? '' } },
    },
  ];
}

function ofEvse(state: SiteState, evse: SiteEvse, nowMs: number): readonly Condition[] {
  const known = state.evses.get(evse.id);
  if (known === undefined) return [];
  return [
    ...faulted(evse, known),
    ...distrusted(evse, known),
    ...refusing(evse, known, nowMs),
    ...silentMeter(state, evse, known, nowMs),
  ];
}

function faulted({ stationId, evseNumber, id }: SiteEvse, known: EvseState): Condition[] {
  if (known.status !== 'faulted') return [];
  const { errorCode } = known;
  const words = errorCode === undefined ? 'no code given' : errorInWords(errorCode);
  return [
    {
      key: `evse-faulted ${id}`,
      kind: 'evse-faulted',
      cause: errorCode === undefined ? 'An EVSE is faulted' : `An EVSE reports ${errorCode}`,
      severity: 'error',
      stationId,
      evseNumber,
      summary: `${id} is faulted: ${words}`,
      evidence: { figures: { errorCode: errorCode ?? '' } },
    },
  ];
}

function wholeFaulted({ stationId, errorCode }: StationFault): Condition {
  const words = errorCode === undefined ? 'no code given' : errorInWords(errorCode);
  return {
    key: `evse-faulted ${stationId}`,
    kind: 'evse-faulted',
    cause: errorCode === undefined ? 'A station is faulted' : `A station reports ${errorCode}`,
    severity: 'error',
    stationId,
    summary: `${stationId} as a whole is faulted: ${words}`,
    evidence: { figures: { errorCode: errorCode ?? '' } },
  };
}

function distrusted({ stationId, evseNumber, id }: SiteEvse, { ledger }: EvseState): Condition[] {
  if (!ledger.distrusted) return [];
  return [
    {
      key: `distrusted ${id}`,
      kind: 'distrusted',
      cause: 'An EVSE draws more than it was granted',
      severity: 'error',
      stationId,
      evseNumber,
      summary: `${id} is not believed any more and is reserved at ${ledger.currentMaxA} A`,
      evidence: { figures: { reservedA: ledger.currentMaxA } },
    },
  ];
}

function refusing(evse: SiteEvse, known: EvseState, nowMs: number): Condition[] {
  const { refusedUntilMs, refusedA } = known;
  if (refusedUntilMs === undefined || refusedUntilMs <= nowMs) return [];
  return [
    {
      key: `profile-refused ${evse.id}`,
      kind: 'profile-refused',
      cause: 'The station refuses charging profiles',
      severity: 'warning',
      stationId: evse.stationId,
      evseNumber: evse.evseNumber,
      summary: `${evse.id} refused a charging profile`,
      evidence: { figures: refusedA === undefined ? {} : { refusedA } },
    },
  ];
}

function silentMeter(
  { site, sessions, stations }: SiteState,
  evse: SiteEvse,
  known: EvseState,
  nowMs: number,
): Condition[] {
  const session = known.sessionId === undefined ? undefined : sessions.get(known.sessionId);
  const isOnline = stations.get(evse.stationId)?.stage === 'ready';
  if (session?.phase !== 'active' || !isOnline) return [];
  const lastMs = session.sampledAtMs ?? session.meterLastAtMs ?? session.startedAtMs ?? nowMs;
  const silentMs = nowMs - lastMs;
  if (silentMs < SAMPLES_MISSED * site.settings.sampleIntervalSec * 1000) return [];
  return [
    {
      key: `meter-silent ${evse.id}`,
      kind: 'meter-silent',
      cause: 'No meter values during a session',
      severity: 'warning',
      stationId: evse.stationId,
      evseNumber: evse.evseNumber,
      summary: `${evse.id} has sent no meter value for ${minutes(silentMs)} min of a session`,
      evidence: { figures: { sessionId: session.id, silentMin: minutes(silentMs) } },
    },
  ];
}

/** The worst case of a circuit is above its rating. */
function ofCircuits({ control, site }: SiteState): readonly Condition[] {
  return control.notGuaranteed.map(({ circuitId, cause }) => {
    const name = site.circuits.find((it) => it.id === circuitId)?.name ?? circuitId;
    return {
      key: `not-guaranteed ${site.id} ${circuitId}`,
      kind: 'not-guaranteed',
      cause: 'A circuit has no guaranteed ceiling',
      severity: 'warning',
      summary: `${name}: if all messages were lost now, its rating could be exceeded (${cause})`,
      evidence: { figures: { circuitId, cause } },
    };
  });
}

function flapping({ stationId, count }: StationCount): readonly Condition[] {
  if (count <= CONNECTIONS_PER_HOUR_MAX) return [];
  return [
    {
      key: `flapping ${stationId}`,
      kind: 'flapping',
      cause: 'Connections come and go',
      severity: 'warning',
      stationId,
      summary: `${stationId} connected ${count} times in the last hour`,
      evidence: { figures: { connectionsLastHour: count } },
    },
  ];
}

function failing({ stationId, attempted, succeeded }: SessionTally): readonly Condition[] {
  const failedFraction = (attempted - succeeded) / attempted;
  if (attempted < ATTEMPTS_MIN || failedFraction <= FAILED_FRACTION_MAX) return [];
  return [
    {
      key: `sessions-failing ${stationId}`,
      kind: 'sessions-failing',
      cause: 'More than 20 % of sessions fail',
      severity: 'error',
      stationId,
      summary: `${attempted - succeeded} of ${attempted} sessions of a day moved no energy`,
      evidence: { figures: { attempted, succeeded } },
    },
  ];
}

function skewed({ stationId, minMs, maxMs, count }: ClockOffsets): readonly Condition[] {
  const aheadMs = -minMs;
  const behindMs = count >= SKEW_SAMPLES_MIN ? minMs : 0;
  const skewMs = Math.max(aheadMs, behindMs);
  if (skewMs <= SKEW_MAX_MS) return [];
  const side = aheadMs > behindMs ? 'ahead' : 'behind';
  return [
    {
      key: `clock-skew ${stationId}`,
      kind: 'clock-skew',
      cause: "A station's clock is wrong",
      severity: 'warning',
      stationId,
      summary: `the clock of ${stationId} is ${minutes(skewMs)} min ${side}`,
      evidence: { figures: { receivedLessStatedMinMs: minMs, receivedLessStatedMaxMs: maxMs } },
    },
  ];
}

function silent(
  { stationId, lastMessageAtMs }: Counted['silent'][number],
  nowMs: number,
): Condition {
  const silentMin = minutes(nowMs - lastMessageAtMs);
  return {
    key: `no-heartbeat ${stationId}`,
    kind: 'no-heartbeat',
    cause: 'A connected station says nothing',
    severity: 'warning',
    stationId,
    summary: `${stationId} is connected, but has sent nothing for ${silentMin} min`,
    evidence: { figures: { silentMin } },
  };
}

function minutes(durationMs: number): number {
  return Math.round(durationMs / MINUTE_MS);
}
