/**
 * The one meeting point of allocator and ledger: turns goals into commands that may leave now.
 * Cuts leave at once; a raise or a renewal leaves only if the sum of W fits every circuit at every
 * instant at which it raises W (R5). An instant that a command does not raise is not its concern:
 * a limit known to fall below the floor tomorrow does not stop the vehicles today.
 */
import { assert } from '../solver/index.js';
import { grantedLimit, waitsByCircuit } from './granted-limit.js';
import { failureReserve, type ReservedEvse } from './failure-reserve.js';
import { firstMisfit, loadOverTime } from './load-over-time.js';
import { nextWakeAtMs } from './next-wake.js';
import { notGuaranteedCircuits } from './not-guaranteed.js';
import {
  type Attempt,
  dominatedOffer,
  offerBeforeFall,
  offerFor,
  offerPast,
  overloadedNow,
  type Refusal,
  type Scene,
  take,
} from './offer.js';
import { pilotAtMost, pilotsBetween } from './pilots.js';
import { loadsOf, type Place, placeOf } from './place.js';
import { fallsAtMs, lastCallAtMs, leaseDueAtMs, stepDueAtMs } from './renewal.js';
import { valueAt } from './transitions.js';
import { compileTree } from './tree-load.js';
import type { Grant, GrantInput, GrantResult, PossibleCommand } from './types.js';

/** A shorter rest of a lease is not worth saying again, s. */
const REPEAT_REMAINING_MIN_SEC = 30;

/**
 * Deterministic. Order: all cuts (goal order); leases that outlast a coming fall; leases due, then raises, each by smallest limit in
 * force, then by id. One command per EVSE at the most. Preconditions: tiers ascending, the first
 * holds at `nowMs`; ids unique. The caller plans the grants in this order, all of them or a prefix:
 * each was checked with those before it.
 */
export function grant(input: GrantInput): GrantResult {
  const first = input.tiers[0];
  assert(first !== undefined && first.fromMs <= input.nowMs, 'the first tier holds now');
  const tree = compileTree(input.tiers);
  const places = input.evses.map((evse) => placeOf(evse, input, tree));
  const sums = loadOverTime(tree, input.nowMs, loadsOf(places));
  const reserve = failureReserve(places.map(doubted), input.failuresLeft);
  const scene: Scene = { input, load: reserve === undefined ? sums : { ...sums, reserve } };
  const notGuaranteed = notGuaranteedCircuits(scene, places);

  const grants: Grant[] = [];
  const refusals = new Map<Place, Refusal>();
  const visit = (place: Place, step: (scene: Scene, place: Place) => Refusal | undefined): void => {
    if (place.granted !== undefined) return;
    const refusal = step(scene, place);
    if (refusal !== undefined) refusals.set(place, refusal);
    if (place.granted !== undefined) grants.push(place.granted);
  };
  for (const place of places) visit(place, cut);
  const open = places.filter((place) => isOpen(place)).sort(byUrgency);
  for (const place of open) visit(place, shorten);
  for (const place of open) if (isDue(scene, place)) visit(place, raiseOrRenew);
  for (const place of open) visit(place, raiseOrRenew);

  const waits = waitsByCircuit(places);
  const limits = places.map((place) =>
    grantedLimit(scene, place, { refusal: refusals.get(place), notGuaranteed, waits }),
  );
  const wakeAtMs = nextWakeAtMs(scene, places);
  return {
    grants,
    limits,
    notGuaranteed,
    ...(wakeAtMs === undefined ? {} : { nextWakeAtMs: wakeAtMs }),
  };
}

function doubted({ evse, path, channels, worst }: Place): ReservedEvse {
  return { stationId: evse.stationId, path, channels, ledger: evse.ledger, worst };
}

/**
 * A goal below what the station may be obeying is sent at once, busy or not, and again when its
 * answer stayed out. It gets a full lease if that fits, else a command that raises nothing.
 */
function cut(scene: Scene, place: Place): Refusal | undefined {
  const wantedA = goalOf(place);
  if (wantedA === undefined || !place.evse.controllable || wantedA >= place.exposedA) {
    return undefined;
  }
  const goalA = Math.max(wantedA, keptA(scene, place));
  if (goalA >= place.exposedA) return undefined;
  const attempt = offerFor(scene, place, goalA);
  const offer = attempt.kind === 'offer' ? attempt.offer : dominatedOffer(scene, place, goalA);
  take(scene, place, 'cut', offer);
  return undefined;
}

/**
 * What unknown commands reserve for the EVSE whatever it is told now (R3): nobody else could have it, so
 * that it may go on using it, until its lease is due. Nothing where the sums do not fit at some instant:
 * then all are cut (R8).
 */
function keptA(scene: Scene, place: Place): number {
  const { input, load } = scene;
  const { evse, channels, path } = place;
  if (evse.isExact === true || isDue(scene, place)) return 0;
  let keptA = 0;
  for (const command of evse.ledger.commands) {
    // What is held is asked about, and may be over at once.
    if (command.state !== 'unknown' || command.held === true) continue;
    keptA = Math.max(keptA, valueAt(command, input.nowMs));
  }
  if (keptA === 0) return 0;
  const ever = [{ fromMs: input.nowMs, toMs: Number.POSITIVE_INFINITY, addA: 0, channels }];
  if (firstMisfit(load, path, ever) !== undefined) return 0;
  return pilotAtMost(evse.pilots, Math.min(keptA, place.exposedA));
}

/** Leases that outlast a coming fall of a limit are told to end before it; see `offerBeforeFall`. */
function shorten(scene: Scene, place: Place): Refusal | undefined {
  const offer = place.unconfirmed === undefined ? offerBeforeFall(scene, place) : undefined;
  if (offer !== undefined) take(scene, place, 'renew', offer);
  return undefined;
}

function raiseOrRenew(scene: Scene, place: Place): Refusal | undefined {
  if (place.unconfirmed !== undefined) return repeat(scene, place, place.unconfirmed);
  const goalA = goalOf(place) ?? 0;
  let refusal: Refusal | undefined;
  if ((goalA > place.inForceA || isForMorePhases(place)) && !isHeld(scene, place)) {
    // R8: no raise below a circuit that is over now, although a reserve may hide it in W.
    const misfit = overloadedNow(scene, place);
    if (misfit === undefined) {
      const whole = offerFor(scene, place, goalA);
      const lower = pilotsBetween(place.evse.pilots, place.inForceA, goalA);
      const raised =
        whole.kind === 'offer'
          ? whole
          : largestOffer(lower, (limitA) => offerFor(scene, place, limitA));
      if (raised?.kind === 'offer') take(scene, place, 'raise', raised.offer);
      refusal = refusalOf(whole);
    } else refusal = { kind: 'misfit', misfit };
  }
  if (place.granted === undefined) moveStep(scene, place);
  if (place.granted === undefined) tellPhases(scene, place);
  if (place.granted !== undefined || !isDue(scene, place)) return refusal;
  return renew(scene, place) ?? refusal;
}

/** A lower limit never fits worse, so halving finds the largest. What is taken was checked. */
function largestOffer(
  limitsA: readonly number[],
  offerAt: (limitA: number) => Attempt,
): Attempt | undefined {
  let best: Attempt | undefined;
  let low = 0;
  let high = limitsA.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const attempt = offerAt(limitsA[middle] ?? 0);
    if (attempt.kind === 'offer') {
      best = attempt;
      low = middle + 1;
    } else high = middle;
  }
  return best;
}

/** The same limit with a later boundary; near the end a smaller one; else it runs out. */
function renew(scene: Scene, place: Place): Refusal | undefined {
  const { accepted, evse } = place;
  if (accepted === undefined) return undefined;
  const offerAt = (limitA: number): Attempt =>
    offerPast(scene, place, limitA, accepted.boundaryAtMs);
  const same = offerAt(place.inForceA);
  let chosen: Attempt | undefined = same;
  if (same.kind === 'refusal' && scene.input.nowMs >= lastCallAtMs(accepted, evse.leaseSec)) {
    const lower = pilotsBetween(evse.pilots, accepted.tailA, place.inForceA);
    chosen = largestOffer(lower, offerAt);
  }
  const isLater = chosen?.kind === 'offer' && chosen.offer.boundaryAtMs > accepted.boundaryAtMs;
  if (chosen?.kind === 'offer' && isLater) take(scene, place, 'renew', chosen.offer);
  return refusalOf(same);
}

/**
 * R4: with an answer outstanding only what raises W at no instant may leave. What the station may
 * be obeying is said again, at most as large and as long. Once that is accepted the link works, and
 * raises are checked against the sums as usual, in which the unknown command still counts (R3).
 */
function repeat(scene: Scene, place: Place, unconfirmed: PossibleCommand): Refusal | undefined {
  const { exposedBy, exposedA, inForceA } = place;
  const wantedA = goalOf(place) ?? 0;
  const goalA = wantedA > 0 ? Math.max(wantedA, keptA(scene, place)) : 0;
  // Where nothing may rise yet, what is due is told once more as it is in force.
  const isStill = isHeld(scene, place) && isDue(scene, place);
  const limitA = Math.min(goalA, exposedA, isStill ? inForceA : exposedA);
  const raises = limitA > inForceA || unconfirmed.grantA < limitA;
  const refusal: Refusal = { kind: 'unconfirmed' };
  if (raises && overloadedNow(scene, place) !== undefined) return refusal;
  const isWanted = (raises || goalA > inForceA) && !isHeld(scene, place);
  if (!isWanted && !isDue(scene, place)) return refusal;
  const remainingMs = (exposedBy?.boundaryAtMs ?? 0) - scene.input.nowMs;
  if (remainingMs > 0 && remainingMs < REPEAT_REMAINING_MIN_SEC * 1000) return refusal;
  const offer = dominatedOffer(scene, place, limitA);
  if (offer.limitA === limitA) take(scene, place, raises ? 'raise' : 'renew', offer);
  return refusal;
}

/** Whether anything but a cut may be sent to it. */
function isOpen({ evse, granted }: Place): boolean {
  const isIdle = evse.controllable && !evse.busy && evse.goal !== undefined;
  return isIdle && granted === undefined && !isInFlight(evse);
}

function isInFlight({ ledger }: Place['evse']): boolean {
  return ledger.commands.some(({ state }) => state === 'unanswered');
}

/** The same limit with a later step, where the fall that it was made for comes later now. */
function moveStep(scene: Scene, place: Place): void {
  const { accepted, evse, inForceA } = place;
  const { nowMs } = scene.input;
  if (accepted === undefined) return;
  const dueMs = stepDueAtMs(accepted, evse.leaseSec, nowMs);
  if (dueMs === undefined || nowMs < dueMs) return;
  const later = offerPast(scene, place, inForceA, accepted.boundaryAtMs);
  if (later.kind !== 'offer') return;
  if (fallsAtMs(later.offer, nowMs) > fallsAtMs(accepted, nowMs)) {
    take(scene, place, 'renew', later.offer);
  }
}

/** R12: it is told for one phase, and is to use all of them. */
function isForMorePhases({ accepted, evse }: Place): boolean {
  return accepted?.phases === 1 && evse.phases !== 1 && evse.ledger.onePhase !== undefined;
}

/** R12: what it may obey, once more and for one phase: its read-back shows whether the station switches. */
function tellPhases(scene: Scene, place: Place): void {
  const { accepted, evse } = place;
  if (evse.phases !== 1 || accepted?.phases === 1) return;
  const offer = dominatedOffer(scene, place, place.inForceA);
  if (offer.limitA <= place.inForceA) take(scene, place, 'renew', offer);
}

function isDue({ input }: Scene, { accepted, evse }: Place): boolean {
  if (accepted === undefined || accepted.boundaryAtMs <= input.nowMs) return false;
  // Nothing can be lost of it; a tail above 0 is told again, since the station may have lost it.
  if (accepted.grantA === 0 && accepted.tailA === 0) return false;
  return input.nowMs >= leaseDueAtMs(accepted, evse);
}

function isHeld({ input }: Scene, { evse }: Place): boolean {
  return (evse.raiseNotBeforeMs ?? Number.NEGATIVE_INFINITY) > input.nowMs;
}

/** R2: only values that the station represents exactly are ever sent. */
function goalOf({ evse }: Place): number | undefined {
  if (evse.goal === undefined) return undefined;
  return pilotAtMost(evse.pilots, Math.min(evse.goal.limitA, evse.ledger.currentMaxA));
}

function refusalOf(attempt: Attempt): Refusal | undefined {
  return attempt.kind === 'refusal' ? attempt.refusal : undefined;
}

function byUrgency(a: Place, b: Place): number {
  if (a.inForceA !== b.inForceA) return a.inForceA - b.inForceA;
  return a.evse.id < b.evse.id ? -1 : 1;
}
