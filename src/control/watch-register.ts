/**
 * R9 for a station that reports neither currents nor power: its energy register must not rise faster than
 * what is allowed on all phases at the highest voltage. What it rose by beyond that is summed up and never
 * falls below nothing, so that the sum is the excess of the worst stretch of time up to now, whenever that
 * began. Proof is more than a register can be wrong by, at two readings in a row:
 * - its resolution, of which all of its steps are multiples; until they differ it is taken for too coarse;
 * - the register was read out of the meter some seconds before the sample was stamped.
 * Between two samples as much time has passed as the slower of the two clocks says, and as the first of them was
 * later than its neighbours, so that a clock that is wrong, or set, and samples that arrive late accuse nobody.
 */
import { FLIGHT_MAX_SEC, onOthers, worstBetween } from '../../ledger/index.js';
import type { SiteEvse } from '../sites/site.js';
import { evseById } from '../sites/site-index.js';
import { channelCount } from './charge-rate.js';
import { distrust } from './distrust.js';
import { type Draft, updateEvse, without } from './draft.js';
import { type SeenSample, wattsPerAmpMax, withinMeterA } from './overdraw.js';
import type { EvseState, StationState } from './state.js';

/** An energy register that must not rise faster than what is allowed (R9). */
export interface RegisterWatch {
  /** Of the newest reading: as far as it is not in the future, by the station's clock, by ours. */
  readonly atMs: number;
  readonly stampedAtMs: number;
  readonly seenAtMs: number;
  readonly energyWh: number;
  /** How late the one before it came; absent: there was none. */
  readonly lateBeforeMs?: number | undefined;
  /** All that it rose by so far are multiples of this; absent: it has not risen yet. */
  readonly stepWh?: number | undefined;
  /** The highest W since the reading before. */
  readonly allowedA: number;
  /** What it rose by beyond what was allowed, never below 0, and in all while that was above 0. */
  readonly excessWh: number;
  readonly gainedWh: number;
  readonly tookMs: number;
  /** That is more than it may be wrong by. */
  readonly isOver?: true | undefined;
}

const READ_BEFORE_MS = 5000;
/** Samples of a station that always sends late, or by a clock that is behind, are late by the same time. */
const STEADY_MS = 5000;
/** So far back the ledger tells what was allowed; beyond it the hardware maximum was. */
const LEDGER_TELLS_MS = 100_000;
/** No breaker carries so many times what it is for: the register jumped. */
const JUMP_TIMES = 4;
const MS_PER_HOUR = 3_600_000;

/** Precondition: a fresh sample without currents and power. */
export function watchRegister(draft: Draft, evse: SiteEvse, sample: SeenSample): void {
  const state = draft.evses.get(evse.id);
  const energyWh = registerOf(draft, evse, sample);
  if (state === undefined || energyWh === undefined) return;
  const { register: known } = state;
  const { atMs, stampedAtMs = atMs, allowedUntilMs = atMs } = sample;
  if (known?.stampedAtMs === stampedAtMs && known.energyWh === energyWh) return;
  if (known !== undefined && isBehind(draft, known, stampedAtMs)) {
    if (!isSetBack(known, { stampedAtMs, energyWh })) return;
  }
  if (known !== undefined && isByOtherClock(draft, known, { atMs, stampedAtMs })) {
    updateEvse(draft, evse.id, (it) => without(it, 'register'));
    return;
  }
  const phases = channelCount(evse);
  const span = { fromMs: Math.min(known?.atMs ?? atMs, atMs), toMs: allowedUntilMs, phases };
  const wattsPerAmp = wattsPerAmpMax(draft.site, evse);
  const allowedA = allowedBetween(draft, state, span);
  const next = follow(draft, state, { atMs, stampedAtMs, energyWh, allowedA, wattsPerAmp });
  const proven = next.isOver === true && known?.isOver === true;
  if (proven) {
    const gainedWh = next.gainedWh - slackWh(next, state, wattsPerAmp);
    const drawnA = (gainedWh * MS_PER_HOUR) / (next.tookMs * wattsPerAmp);
    distrust(draft, evse.id, { drawnA, allowedA: next.allowedA });
  }
  const register = proven ? begun(next) : next;
  updateEvse(draft, evse.id, (it) => ({ ...it, register }));
}

/** It came again or late; but not for ever, since clocks are set back. */
function isBehind({ nowMs }: Draft, known: RegisterWatch, stampedAtMs: number): boolean {
  return stampedAtMs <= known.stampedAtMs && nowMs - known.seenAtMs < FLIGHT_MAX_SEC * 1000;
}

/**
 * A clock that was ahead is so no more, or by another time: it was set, or this one was late, and when it was
 * measured neither clock tells.
 */
function isByOtherClock(
  { site }: Draft,
  known: RegisterWatch,
  { atMs, stampedAtMs }: Pick<RegisterWatch, 'atMs' | 'stampedAtMs'>,
): boolean {
  const changedMs = stampedAtMs - atMs - (known.stampedAtMs - known.atMs);
  return Math.abs(changedMs) > site.settings.skewSec * 1000;
}

/** The register rose against the stamps: when the one before was measured is not known, if it was late as well. */
function isSetBack(known: RegisterWatch, read: Pick<Reading, 'stampedAtMs' | 'energyWh'>): boolean {
  return read.stampedAtMs <= known.stampedAtMs && read.energyWh > known.energyWh;
}

function registerOf(draft: Draft, { stationId }: SiteEvse, sample: SeenSample): number | undefined {
  const { energyWh } = sample;
  if (energyWh === undefined || energyWh < 0) return undefined;
  const isKilo = draft.stations.get(stationId)?.registerUnit === 'kWh';
  return isKilo ? energyWh * 1000 : energyWh;
}

interface Reading {
  readonly atMs: number;
  readonly stampedAtMs: number;
  readonly energyWh: number;
  readonly allowedA: number;
  readonly wattsPerAmp: number;
}

/** The register after one more reading. */
function follow(draft: Draft, state: EvseState, reading: Reading): RegisterWatch {
  const { register: known } = state;
  const { wattsPerAmp, ...read } = reading;
  const lateBeforeMs = known && known.seenAtMs - known.stampedAtMs;
  const fresh = begun({ ...read, seenAtMs: draft.nowMs, stepWh: known?.stepWh, lateBeforeMs });
  if (known === undefined || read.energyWh < known.energyWh) return fresh;
  if (isSetBack(known, read)) return fresh;
  const nextLateMs = draft.nowMs - read.stampedAtMs;
  const seenMs = draft.nowMs - known.seenAtMs + lateMs(draft, state, known, nextLateMs);
  const tookMs = Math.max(read.stampedAtMs - known.stampedAtMs, seenMs);
  const gainedWh = read.energyWh - known.energyWh;
  const mostA = Math.max(read.allowedA, known.allowedA, state.ledger.currentMaxA);
  const jumpWh = (JUMP_TIMES * mostA * wattsPerAmp * tookMs) / MS_PER_HOUR;
  const isJump = gainedWh - (known.stepWh ?? 0) > jumpWh;
  if (isJump) return { ...fresh, stepWh: known.stepWh ?? commonStep(0, gainedWh) };
  // What was allowed in the interval before still counts: a sample may have been late.
  const isUntold = tookMs > LEDGER_TELLS_MS || isLinkedSince(draft, state, known.seenAtMs);
  const heldA = isUntold ? mostA : Math.max(read.allowedA, known.allowedA);
  const allowedWh = (withinMeterA(heldA) * wattsPerAmp * tookMs) / MS_PER_HOUR;
  const excessWh = known.excessWh + gainedWh - allowedWh;
  const stepWh = gainedWh === 0 ? known.stepWh : commonStep(known.stepWh ?? 0, gainedWh);
  if (excessWh <= 0) return { ...fresh, stepWh };
  const next: RegisterWatch = {
    ...fresh,
    stepWh,
    excessWh,
    gainedWh: known.gainedWh + gainedWh,
    tookMs: known.tookMs + tookMs,
  };
  return excessWh > slackWh(next, state, wattsPerAmp) ? { ...next, isOver: true } : next;
}

/**
 * By how much more than those before and behind it one came late: it was measured so much earlier. Where they are
 * late by different times, and its clock was right then, it was measured when it says: the next may be of a clock
 * that was set.
 */
function lateMs(draft: Draft, state: EvseState, known: RegisterWatch, nextLateMs: number): number {
  const { seenAtMs, stampedAtMs, lateBeforeMs = nextLateMs } = known;
  const rightAtMs = stationOf(draft, state)?.clockRightAtMs ?? Number.NEGATIVE_INFINITY;
  const wasRight = Math.abs(stampedAtMs - rightAtMs) <= FLIGHT_MAX_SEC * 1000;
  const allMs = [lateBeforeMs, seenAtMs - stampedAtMs, nextLateMs];
  const isSteady = Math.max(...allMs) - Math.min(...allMs) <= STEADY_MS;
  const byClockMs = wasRight && !isSteady ? 0 : Math.min(lateBeforeMs, nextLateMs);
  return Math.max(0, seenAtMs - stampedAtMs - byClockMs);
}

/** Without a link, or before a boot, it may have been allowed more than the ledger tells now (R0). */
function isLinkedSince(draft: Draft, state: EvseState, sinceMs: number): boolean {
  const station = stationOf(draft, state);
  return Math.max(station?.connectedAtMs ?? 0, station?.bootedAtMs ?? 0) >= sinceMs;
}

function stationOf({ stations, site }: Draft, { id }: EvseState): StationState | undefined {
  const stationId = evseById(site, id)?.stationId;
  return stationId === undefined ? undefined : stations.get(stationId);
}

/** A stretch of time begins with this reading. */
function begun(
  reading: Omit<RegisterWatch, 'excessWh' | 'gainedWh' | 'tookMs' | 'isOver'>,
): RegisterWatch {
  const { atMs, stampedAtMs, seenAtMs, energyWh, lateBeforeMs, stepWh, allowedA } = reading;
  return {
    atMs,
    stampedAtMs,
    seenAtMs,
    energyWh,
    lateBeforeMs,
    stepWh,
    allowedA,
    excessWh: 0,
    gainedWh: 0,
    tookMs: 0,
    isOver: undefined,
  };
}

function slackWh(
  { stepWh = 0, allowedA }: RegisterWatch,
  { ledger }: EvseState,
  wattsPerAmp: number,
): number {
  const mostA = Math.max(allowedA, ledger.currentMaxA);
  return stepWh + (mostA * wattsPerAmp * READ_BEFORE_MS) / MS_PER_HOUR;
}

/** The highest W, as the mean of all phases: less on those that it is told to leave out (R12). */
function allowedBetween(
  { site: { settings } }: Draft,
  { ledger }: EvseState,
  {
    fromMs,
    toMs,
    phases,
  }: { readonly fromMs: number; readonly toMs: number; readonly phases: number },
): number {
  const skewMs = settings.skewSec * 1000;
  const span = { fromMs: fromMs - skewMs, toMs: toMs + skewMs };
  const mostA = worstBetween(ledger, span, settings);
  const othersA = worstBetween(onOthers(ledger), span, settings);
  return (mostA + (phases - 1) * othersA) / phases;
}

/** The greatest number of whole Wh of which both are multiples. */
function commonStep(knownWh: number, gainedWh: number): number {
  let [a, b] = [knownWh, Math.max(1, Math.round(gainedWh))];
  while (b > 0) [a, b] = [b, a % b];
  return a;
}
