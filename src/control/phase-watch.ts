/**
 * R12: a session counts on fewer phases once its own samples have shown that it uses no more. What
 * bounds the trust: the credit ends by itself soon after the last sample that showed it, and for good at
 * the first sample that shows more. A meter that tells the same for ever, whose register does not rise with
 * its power, shows nothing. So a vehicle that takes another phase is counted there after one
 * sample, and where no sample arrives after `creditMs`; leases that others had on that room are over by
 * then, whoever is without a link.
 */
import { creditAt, creditedOn, LEASE_SHORTENED_MIN_SEC, ownSettings } from '../../ledger/index.js';
import type { EvseId, PerChannel } from '../../solver/index.js';
import type { MeterSample } from '../ocpp/messages.js';
import type { Session } from '../sessions/session.js';
import { onSupply } from '../sites/rotation.js';
import type { SiteEvse, SiteSettings } from '../sites/site.js';
import { type Draft, updateEvse, wakeAt } from './draft.js';
import { leaseCarrierOf } from './form.js';
import { isLive, nextRegister } from './live-register.js';
import { refuteSwitch } from './phase-switch.js';
import type { EvseState, PhaseWatch } from './state.js';
import { isToldOfPhases } from './switch-trust.js';

/** Below this a phase carries no charging current, A. */
const IDLE_A = 0.5;
/** Above this it is in use, A. */
const IN_USE_A = 1;
/** The least current of a vehicle that charges (IEC 61851-1): on another phase, so that it does. */
const CHARGING_A = 6;
const SHOWN_FOR_MS = 120_000;
/** Of samples, one in between may be lost. */
const INTERVALS_MAX = 2;

/**
 * How long one sample is good for: two intervals, of which one sample may be lost, and then a lease as
 * on the metered tier for those who use the room.
 */
export function creditMs({ sampleIntervalSec, leaseMeteredSec }: SiteSettings): number {
  return (INTERVALS_MAX * sampleIntervalSec + leaseMeteredSec) * 1000;
}

/** Precondition: samples that are fresh, of a session that runs. */
export function watchPhases(
  draft: Draft,
  evse: SiteEvse | undefined,
  session: Session,
  samples: readonly MeterSample[],
): void {
  if (evse === undefined) return;
  // Which phases are in use says nothing of the vehicle where the station chooses them.
  const own = draft.evses.get(evse.id);
  const isChosen =
    own !== undefined && isToldOfPhases(evse, draft.stations.get(evse.stationId), own);
  if (isChosen) refuteSwitch(draft, evse, samples);
  if (isChosen || !endsWithTransaction(draft, evse)) return forgetWatch(draft, evse.id);
  for (const sample of samples) {
    const { atMs, currentA } = sample;
    const state = draft.evses.get(evse.id);
    if (state?.transactionId === undefined) return;
    if (state.sessionId !== session.id || currentA === undefined) continue;
    // A phase that carries current is in use, whichever way a meter says that it flows.
    const onPhaseA = onSupply(evse, magnitudes(currentA));
    if (onPhaseA === undefined) continue;
    const watch = watched({ state, evse, onPhaseA, atMs, sample }, draft.site.settings);
    if (watch !== undefined) updateEvse(draft, evse.id, (it) => ({ ...it, ...watch }));
  }
}

/**
 * A lease that a default or a maximum carries holds for the next transaction as well, which may begin
 * without a link, with a vehicle that uses all phases.
 */
function endsWithTransaction(draft: Draft, { id, stationId }: SiteEvse): boolean {
  const station = draft.stations.get(stationId);
  return station !== undefined && leaseCarrierOf(station, id) === 'tx';
}

function forgetWatch(draft: Draft, id: EvseId): void {
  const state = draft.evses.get(id);
  if (state === undefined || (state.phaseWatch ?? state.ledger.phaseCredit) === undefined) return;
  const ledger = creditedOn(state.ledger, undefined);
  draft.evses.set(id, { ...state, phaseWatch: undefined, ledger });
}

function magnitudes([x, y, z]: PerChannel<number | undefined>): PerChannel<number | undefined> {
  const magnitude = (a: number | undefined) => (a === undefined ? undefined : Math.abs(a));
  return [magnitude(x), magnitude(y), magnitude(z)];
}

interface Seen {
  readonly state: EvseState;
  readonly evse: SiteEvse;
  /** On the phases of the supply. */
  readonly onPhaseA: PerChannel<number | undefined>;
  readonly atMs: number;
  readonly sample: MeterSample;
}

function watched(
  seen: Seen,
  settings: SiteSettings,
): Pick<EvseState, 'phaseWatch' | 'ledger'> | undefined {
  const { state, evse, onPhaseA, atMs, sample } = seen;
  const { transactionId = '' } = state;
  const known = isOf(state, evse) ? state.phaseWatch : undefined;
  const ledger = known === undefined ? creditedOn(state.ledger, undefined) : state.ledger;
  if (known?.isRevoked === true) return undefined;
  const counted = ledger.phaseCredit?.channels;
  const isMore = onPhaseA.some((a, at) => counted?.[at] === false && (a ?? 0) > IN_USE_A);
  const start: PhaseWatch = {
    transactionId,
    rotation: evse.rotation,
    sampledAtMs: atMs,
    idleSinceMs: [undefined, undefined, undefined],
    register: nextRegister(undefined, sample, 0),
    isRevoked: isMore,
  };
  if (start.isRevoked) return { phaseWatch: start, ledger: creditedOn(ledger, undefined) };
  if (known !== undefined && atMs <= known.sampledAtMs) return undefined;
  const gapMs = (INTERVALS_MAX * settings.sampleIntervalSec + settings.skewSec) * 1000;
  const isNext = known !== undefined && atMs - known.sampledAtMs <= gapMs;
  const isCharging = onPhaseA.some((a) => (a ?? 0) >= CHARGING_A);
  const idleSince = (at: 0 | 1 | 2): number | undefined => {
    const a = onPhaseA[at];
    const isIdle = a !== undefined && (counted?.[at] === false ? a <= IN_USE_A : a < IDLE_A);
    if (!isIdle || !isCharging) return undefined;
    return (isNext ? known.idleSinceMs[at] : undefined) ?? atMs;
  };
  const idleSinceMs = [idleSince(0), idleSince(1), idleSince(2)] as const;
  // Most vehicles use all phases: nothing of that is worth a row.
  const isIdle = idleSinceMs.some((sinceMs) => sinceMs !== undefined);
  if (known === undefined && !isIdle && state.ledger.phaseCredit === undefined) return undefined;
  const tookMs = isNext ? atMs - known.sampledAtMs : 0;
  const register = nextRegister(isNext ? known.register : undefined, sample, tookMs);
  const phaseWatch = { ...start, idleSinceMs, register };
  const isMetered = isLive(register, sample, tookMs);
  return { phaseWatch, ledger: isMetered ? creditedBy(ledger, phaseWatch, settings) : ledger };
}

/** Every phase was measured, and these carried nothing for long enough. */
function creditedBy(
  ledger: EvseState['ledger'],
  { idleSinceMs, sampledAtMs }: PhaseWatch,
  settings: SiteSettings,
): EvseState['ledger'] {
  const isUsed = (at: 0 | 1 | 2): boolean => {
    const sinceMs = idleSinceMs[at];
    return sinceMs === undefined || sampledAtMs - sinceMs < SHOWN_FOR_MS;
  };
  const channels = [isUsed(0), isUsed(1), isUsed(2)] as const;
  if (channels.every(Boolean)) return ledger;
  return creditedOn(ledger, { channels, untilMs: sampledAtMs + creditMs(settings) });
}

/** Another transaction may be another vehicle, and another wiring makes other phases of the same samples. */
function isOf({ phaseWatch, transactionId }: EvseState, evse: SiteEvse): boolean {
  return (
    phaseWatch?.transactionId === transactionId &&
    phaseWatch?.rotation === evse.rotation &&
    evse.channels.every(Boolean)
  );
}

/**
 * What was shown of another transaction, or of another wiring, does not count any more. The end of a
 * transaction ends nothing: its limits count until they are cleared, and on the same phases.
 */
export function forgetPhases(draft: Draft): void {
  for (const evse of draft.site.evses) {
    const state = draft.evses.get(evse.id);
    if (state?.phaseWatch === undefined) continue;
    if (!isOf(state, evse) && state.transactionId !== undefined) {
      forgetWatch(draft, evse.id);
      continue;
    }
    const credit = creditAt(state.ledger, draft.nowMs);
    if (credit === undefined) continue;
    const atMs = credit.untilMs - creditMarginMs(state, draft.site.settings);
    if (atMs > draft.nowMs) wakeAt(draft, atMs);
  }
}

/** So long before its end a credit gives others no lease worth a command, and goals do without it. */
export function creditMarginMs({ ledger }: Pick<EvseState, 'ledger'>, site: SiteSettings): number {
  const { skewSec, settleSec } = ownSettings(ledger, site);
  return (skewSec + settleSec + LEASE_SHORTENED_MIN_SEC) * 1000;
}
