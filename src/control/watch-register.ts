/**
 * R9 for a station that reports neither currents nor power: its energy register must not rise faster than
 * what is allowed on all phases at the highest voltage. What it rose by beyond that is summed up and never
 * falls below nothing, so that the sum is the excess of the worst stretch of time up to now, whenever that
 * began. Proof is what is more than a register can be wrong by:
 * - its resolution, of which all of its steps are multiples; until they differ it is taken for too coarse;
 * - the register was read out of the meter some seconds before the sample was stamped;
 * - between two samples as much time has passed as the slower of two clocks says, the station's and ours. Both
 *   say too little only where a sample was late and the clock was set before the next. So one interval, the
 *   one that would prove most, proves nothing.
 */
import { FLIGHT_MAX_SEC } from '../../ledger/index.js';
import type { SiteEvse } from '../sites/site.js';
import { allowedSince } from './allowed-then.js';
import { distrust } from './distrust.js';
import { type Draft, updateEvse } from './draft.js';
import { type SeenSample, wattsPerAmpMax, withinMeterA } from './overdraw.js';
import type { EvseState } from './state.js';

/** An energy register that must not rise faster than what is allowed (R9). */
export interface RegisterWatch extends Reading {
  /** All that it rose by so far are multiples of this; absent: it has not risen yet. */
  readonly stepWh?: number | undefined;
  /** What it rose by beyond what was allowed, never below 0, and the most of it in one interval. */
  readonly excessWh: number;
  readonly largestWh: number;
  /** In all while that was above 0. */
  readonly gainedWh: number;
  readonly tookMs: number;
}

/** The newest one. */
interface Reading {
  readonly energyWh: number;
  /** By the station's clock, by ours, and the earliest instant at which it may have been measured. */
  readonly stampedAtMs: number;
  readonly seenAtMs: number;
  readonly notBeforeMs?: number | undefined;
  /** The highest W since the reading before. */
  readonly allowedA: number;
}

const READ_BEFORE_MS = 5000;
/** No breaker carries so many times what it is for: the register jumped. */
const JUMP_TIMES = 4;
const MS_PER_HOUR = 3_600_000;
const FLIGHT_MAX_MS = FLIGHT_MAX_SEC * 1000;

/** Precondition: a sample without currents and power. */
export function watchRegister(draft: Draft, evse: SiteEvse, sample: SeenSample): void {
  const state = draft.evses.get(evse.id);
  const energyWh = registerOf(draft, evse, sample);
  if (state === undefined || energyWh === undefined) return;
  const { register: known } = state;
  const { atMs, stampedAtMs = atMs, notBeforeMs } = sample;
  const seenAtMs = draft.nowMs;
  if (known !== undefined && isAgain(known, { energyWh, stampedAtMs, seenAtMs })) return;
  const sinceMs = known === undefined ? notBeforeMs : earlier(known.notBeforeMs, notBeforeMs);
  const allowedA = allowedSince(draft, evse, state, sinceMs).meanA;
  const reading = { energyWh, stampedAtMs, seenAtMs, notBeforeMs, allowedA };
  const wattsPerAmp = wattsPerAmpMax(draft.site, evse);
  const next = follow(draft, evse, state, reading);
  const provenWh = next.excessWh - next.largestWh;
  const slack = slackWh(next, state, wattsPerAmp);
  const isProven = provenWh > slack;
  if (isProven) {
    const gainedWh = next.gainedWh - next.largestWh - slack;
    const drawnA = (gainedWh * MS_PER_HOUR) / (next.tookMs * wattsPerAmp);
    distrust(draft, evse.id, { drawnA, allowedA });
  }
  const register = isProven ? begun(next, next.stepWh) : next;
  updateEvse(draft, evse.id, (it) => ({ ...it, register }));
}

/** It came once more, or late; but not for ever, since clocks are set back and registers begin anew. */
function isAgain(known: Reading, read: Omit<Reading, 'allowedA'>): boolean {
  if (read.stampedAtMs > known.stampedAtMs || read.energyWh > known.energyWh) return false;
  const isSame = read.energyWh === known.energyWh;
  return isSame || read.seenAtMs - known.seenAtMs < FLIGHT_MAX_MS;
}

function earlier(oneMs: number | undefined, otherMs: number | undefined): number | undefined {
  return oneMs === undefined || otherMs === undefined ? undefined : Math.min(oneMs, otherMs);
}

function registerOf(draft: Draft, { stationId }: SiteEvse, sample: SeenSample): number | undefined {
  const { energyWh } = sample;
  if (energyWh === undefined || energyWh < 0) return undefined;
  const isKilo = draft.stations.get(stationId)?.registerUnit === 'kWh';
  return isKilo ? energyWh * 1000 : energyWh;
}

/** The register after one more reading. */
function follow(draft: Draft, evse: SiteEvse, state: EvseState, read: Reading): RegisterWatch {
  const { register: known } = state;
  const fresh = begun(read, known?.stepWh);
  if (known === undefined || read.energyWh < known.energyWh) return fresh;
  // The clock was set back: the stretch that was is of another.
  if (read.stampedAtMs <= known.stampedAtMs) return fresh;
  const wattsPerAmp = wattsPerAmpMax(draft.site, evse);
  const seenMs = read.seenAtMs - known.seenAtMs;
  const tookMs = Math.max(read.stampedAtMs - known.stampedAtMs, seenMs);
  const gainedWh = read.energyWh - known.energyWh;
  // What was allowed in the interval before still counts: a sample may have been late.
  const heldA = Math.max(read.allowedA, known.allowedA);
  const jumpA = JUMP_TIMES * Math.max(heldA, state.ledger.currentMaxA);
  const isJump = gainedWh - (known.stepWh ?? 0) > (jumpA * wattsPerAmp * tookMs) / MS_PER_HOUR;
  const isNoStep = gainedWh === 0 || (isJump && known.stepWh !== undefined);
  const stepWh = isNoStep ? known.stepWh : commonStep(known.stepWh ?? 0, gainedWh);
  const beyondWh = gainedWh - (withinMeterA(heldA) * wattsPerAmp * tookMs) / MS_PER_HOUR;
  const excessWh = known.excessWh + beyondWh;
  if (isJump || excessWh <= 0) return { ...fresh, stepWh };
  return {
    ...read,
    stepWh,
    excessWh,
    largestWh: Math.max(known.largestWh, beyondWh),
    gainedWh: known.gainedWh + gainedWh,
    tookMs: known.tookMs + tookMs,
  };
}

/** A stretch of time begins with this reading. */
function begun(reading: Reading, stepWh: number | undefined): RegisterWatch {
  const { energyWh, stampedAtMs, seenAtMs, notBeforeMs, allowedA } = reading;
  const read = { energyWh, stampedAtMs, seenAtMs, notBeforeMs, allowedA };
  return { ...read, stepWh, excessWh: 0, largestWh: 0, gainedWh: 0, tookMs: 0 };
}

function slackWh(
  { stepWh = 0, allowedA }: RegisterWatch,
  { ledger }: EvseState,
  wattsPerAmp: number,
): number {
  const mostA = Math.max(allowedA, ledger.currentMaxA);
  return stepWh + (mostA * wattsPerAmp * READ_BEFORE_MS) / MS_PER_HOUR;
}

/** The greatest number of whole Wh of which both are multiples. */
function commonStep(knownWh: number, gainedWh: number): number {
  let [a, b] = [knownWh, Math.max(1, Math.round(gainedWh))];
  while (b > 0) [a, b] = [b, a % b];
  return a;
}
