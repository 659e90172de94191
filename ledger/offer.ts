/** Which lease and which tail a limit can get: the only place where an increase is let through. */
import { amps } from '../solver/index.js';
import {
  carriesNow,
  firstMisfit,
  type LoadOverTime,
  type Misfit,
  raise,
  type Rise,
  rises,
  type Segment,
} from './load-over-time.js';
import { ownSettings } from './own-settings.js';
import { shapedCommand, shapedEntry } from './shape.js';
import { both, segmentsOn, without } from './phase-credit.js';
import { pilotAtMost } from './pilots.js';
import type { Place } from './place.js';
import { type Lease, lowestSteps, probeOf, replacing, steppedDown, stepsAhead } from './steps.js';
import type { Grant, GrantInput, PossibleCommand, Step } from './types.js';
import { commandEndsAtMs, onOthers, told, worstCaseOnce } from './worst-case.js';

/** A lease that a coming lower limit would make shorter than this is not worth a command, s. */
export const LEASE_SHORTENED_MIN_SEC = 30;

export interface Offer extends Lease {
  readonly segments: readonly Segment[];
}

/** Why there is no offer; `unconfirmed` is R4. */
export type Refusal =
  | { readonly kind: 'misfit'; readonly misfit: Misfit }
  | { readonly kind: 'unconfirmed' };

export type Attempt =
  | { readonly kind: 'offer'; readonly offer: Offer }
  | { readonly kind: 'refusal'; readonly refusal: Refusal };

export interface Scene {
  readonly input: GrantInput;
  readonly load: LoadOverTime;
}

/**
 * The best command for a limit that may leave now. In this order: the full lease with the wanted
 * tail (F1), with tail 0; then one with steps down; then a lease that ends before the first instant at which the full one
 * does not fit, minus skew and settle, because until then the vehicle may draw it (R6).
 */
export function offerFor(scene: Scene, place: Place, limitA: number): Attempt {
  return offerPast(scene, place, limitA, scene.input.nowMs);
}

/** `offerFor`, but a short lease counts only if it ends after `pastMs` (a renewal's old end). */
export function offerPast(scene: Scene, place: Place, limitA: number, pastMs: number): Attempt {
  const { nowMs, settings } = scene.input;
  const fullMs = leaseEndMs(scene, place);
  const full = firstOf(scene, place, limitA, fullMs);
  if (full.kind === 'offer' || full.refusal.kind === 'unconfirmed') return full;
  if (!place.evse.ledger.leaseShown) return full;
  const { skewSec, settleSec } = ownSettings(place.evse.ledger, settings);
  const lastMs = full.refusal.misfit.atMs - (skewSec + settleSec) * 1000;
  const shortMs = wholeSecond(lastMs);
  if (shortMs < nowMs + LEASE_SHORTENED_MIN_SEC * 1000) return full;
  const stepped = steppedOf(scene, place, limitA);
  if (stepped !== undefined && stepped.boundaryAtMs > pastMs) {
    return { kind: 'offer', offer: stepped };
  }
  if (shortMs <= pastMs || shortMs >= fullMs) return full;
  const short = firstOf(scene, place, limitA, shortMs);
  return short.kind === 'offer' ? short : full;
}

/**
 * A limit at or below what the station may be obeying, never an increase at any instant: the old
 * boundary and at most the old tail; or, where the lease is over or there was none, at most what
 * holds for ever already. Where even that would be one (F0 not read back), 0 A without an end.
 */
export function dominatedOffer(scene: Scene, place: Place, limitA: number): Offer {
  const { nowMs } = scene.input;
  const by = place.exposedBy;
  const holdsA = by?.tailA ?? place.evse.ledger.fallbackIdleA ?? 0;
  const boundaryAtMs =
    by !== undefined && by.boundaryAtMs > nowMs ? by.boundaryAtMs : leaseEndMs(scene, place);
  const tailA = pilotAtMost(place.evse.pilots, Math.min(wantedTailA(place, limitA), holdsA));
  const steps = stepsAhead(by?.steps, limitA, nowMs).filter((it) => it.currentA > tailA);
  const segments = risesBy(scene, place, { limitA, steps, boundaryAtMs, tailA });
  if (segments.length === 0) return { limitA, steps, boundaryAtMs, tailA, segments };
  return { limitA: 0, steps: [], boundaryAtMs: leaseEndMs(scene, place), tailA: 0, segments: [] };
}

/** A full lease with steps down, where no lease without fits to its end. */
function steppedOf(scene: Scene, place: Place, limitA: number): Offer | undefined {
  const boundaryAtMs = leaseEndMs(scene, place);
  const misfitOf = (lease: Lease): Misfit | undefined => {
    const tried = attempt(scene, place, lease);
    return tried.kind === 'offer' || tried.refusal.kind === 'unconfirmed'
      ? undefined
      : tried.refusal.misfit;
  };
  for (const tailA of new Set([wantedTailA(place, limitA), 0])) {
    const wanted = { limitA, steps: [], boundaryAtMs, tailA };
    const lease = steppedDown({ ...scene, place, misfitOf }, wanted);
    if (lease === undefined) continue;
    const made = attempt(scene, place, lease);
    if (made.kind === 'offer') return made.offer;
  }
  return undefined;
}

/**
 * The accepted command with steps down or an earlier end, where it outlasts an instant from which the sums will not
 * fit: a limit is known to fall. It ends skew and settle before (R6), so that a station that goes
 * silent drops on time. It raises nothing, so that it may leave whoever else is over.
 */
export function offerBeforeFall(scene: Scene, place: Place): Offer | undefined {
  const { nowMs, settings, tiers } = scene.input;
  const { accepted, evse } = place;
  const nextTierAtMs = tiers[1]?.fromMs;
  if (nextTierAtMs === undefined || accepted === undefined) return undefined;
  if (!evse.ledger.leaseShown || accepted.grantA <= accepted.tailA) return undefined;
  const own = ownSettings(evse.ledger, settings);
  const endsAtMs = commandEndsAtMs(accepted, own);
  if (endsAtMs <= nextTierAtMs || overloadedNow(scene, place) !== undefined) return undefined;
  const { channels } = place;
  const lasting = { fromMs: nextTierAtMs, toMs: endsAtMs, addA: 0, channels };
  const misfit = firstMisfit(scene.load, place.path, [lasting]);
  if (misfit === undefined) return undefined;
  const stepped = steppedBeforeFall(scene, place, { accepted, fromMs: nextTierAtMs });
  if (stepped !== undefined) return isAs(stepped, accepted, nowMs) ? undefined : stepped;
  const boundaryAtMs = wholeSecond(misfit.atMs - (own.skewSec + own.settleSec) * 1000);
  if (boundaryAtMs < nowMs + LEASE_SHORTENED_MIN_SEC * 1000) return undefined;
  if (boundaryAtMs >= accepted.boundaryAtMs) return undefined;
  const { tailA } = accepted;
  const limitA = place.inForceA;
  const steps = stepsAhead(accepted.steps, limitA, nowMs).filter((it) => it.fromMs < boundaryAtMs);
  const segments = risesBy(scene, place, { limitA, steps, boundaryAtMs, tailA });
  return segments.length === 0 ? { limitA, steps, boundaryAtMs, tailA, segments } : undefined;
}

/** The accepted lease as it is, with steps as the sums need them in its place. */
function steppedBeforeFall(
  scene: Scene,
  place: Place,
  { accepted, fromMs }: { readonly accepted: PossibleCommand; readonly fromMs: number },
): Offer | undefined {
  const { nowMs, settings } = scene.input;
  const { ledger, periodsMax } = place.evse;
  const toMs = commandEndsAtMs(accepted, ownSettings(ledger, settings));
  const misfitOf = (lease: Lease): Misfit | undefined => {
    const rises = replacing(aloneAt(scene, place, lease, ledger.leaseShown), place.worst, {
      fromMs,
      toMs,
    });
    return firstMisfit(scene.load, place.path, segmentsOn(ledger, place.channels, rises, nowMs));
  };
  const { boundaryAtMs, tailA } = accepted;
  const wanted = { limitA: place.inForceA, steps: [], boundaryAtMs, tailA };
  const lease = steppedDown({ ...scene, place, misfitOf }, wanted);
  if (lease === undefined) return undefined;
  const ahead = stepsAhead(accepted.steps, lease.limitA, nowMs);
  const steps = lowestSteps(lease.steps, ahead).filter((it) => it.fromMs < lease.boundaryAtMs);
  if (steps.length > periodsMax - 2) return undefined;
  const segments = risesBy(scene, place, { ...lease, steps });
  return segments.length === 0 ? { ...lease, steps, segments } : undefined;
}

function isAs(offer: Offer, accepted: PossibleCommand, nowMs: number): boolean {
  const ahead = stepsAhead(accepted.steps, offer.limitA, nowMs);
  if (offer.boundaryAtMs !== accepted.boundaryAtMs || offer.steps.length !== ahead.length) {
    return false;
  }
  return offer.steps.every(
    ({ fromMs, currentA }, at) => fromMs === ahead[at]?.fromMs && currentA === ahead[at].currentA,
  );
}

/** Takes an offer: from here on the sums contain it (R2). */
export function take(scene: Scene, place: Place, kind: Grant['kind'], offer: Offer): void {
  raise(scene.load, place.path, offer.segments);
  place.granted = {
    evseId: place.evse.id,
    kind,
    limitA: amps(offer.limitA),
    steps: probeOf(place, offer, scene.input.nowMs),
    boundaryAtMs: offer.boundaryAtMs,
    tailA: amps(offer.tailA),
    phases: place.evse.phases,
  };
}

function firstOf(scene: Scene, place: Place, limitA: number, boundaryAtMs: number): Attempt {
  const wantedA = wantedTailA(place, limitA);
  const isEndless = place.evse.tailWantedA >= place.evse.ledger.currentMaxA;
  const wanted = attempt(scene, place, { limitA, steps: [], boundaryAtMs, tailA: wantedA });
  if (wanted.kind === 'offer' || wantedA === 0 || isEndless) return wanted;
  return attempt(scene, place, { limitA, steps: [], boundaryAtMs, tailA: 0 });
}

/** R4, R5 and R8 for one command. One that raises nothing, ever, may always leave. */
function attempt(scene: Scene, place: Place, wanted: Lease): Attempt {
  const segments = risesBy(scene, place, wanted);
  if (segments.length > 0) {
    if (place.unconfirmed !== undefined) {
      return { kind: 'refusal', refusal: { kind: 'unconfirmed' } };
    }
    const misfit = overloadedNow(scene, place) ?? firstMisfit(scene.load, place.path, segments);
    if (misfit !== undefined) return { kind: 'refusal', refusal: { kind: 'misfit', misfit } };
  }
  const { limitA, steps, boundaryAtMs, tailA } = wanted;
  return { kind: 'offer', offer: { limitA, steps, boundaryAtMs, tailA, segments } };
}

/** R8: the nearest circuit above that does not carry its sum of W now. */
export function overloadedNow({ input, load }: Scene, place: Place): Misfit | undefined {
  const circuitIndex = place.path.find((index) => !carriesNow(load, index, 'all'));
  return circuitIndex === undefined ? undefined : { circuitIndex, atMs: input.nowMs };
}

/** R12: a command for one phase raises nothing on those that it leaves out, once that was shown. */
function risesBy(scene: Scene, place: Place, wanted: Lease): Segment[] {
  const { nowMs } = scene.input;
  const { ledger, phases } = place.evse;
  const { channels, worst, worstOthers } = place;
  const { onePhase } = ledger;
  const isCounted = onePhase?.shown === true || (onePhase?.unread === true && phases !== 1);
  if (onePhase === undefined || !isCounted) {
    return segmentsOn(
      ledger,
      channels,
      risesOver(scene, place, wanted, { worst, as: 'all' }),
      nowMs,
    );
  }
  const used = both(channels, onePhase.channels);
  const kept = risesOver(scene, place, wanted, { worst, as: 'all' });
  const segments = segmentsOn(ledger, used, kept, nowMs);
  if (phases === 1) return segments;
  const others = risesOver(scene, place, wanted, { worst: worstOthers, as: 'others' });
  return [...segments, ...segmentsOn(ledger, without(channels, used), others, nowMs)];
}

/** What a command would raise W by; `others`: where commands for one phase count for nothing. */
function risesOver(
  scene: Scene,
  place: Place,
  wanted: Lease,
  { worst, as }: { readonly worst: readonly Step[]; readonly as: 'all' | 'others' },
): readonly Rise[] {
  const { nowMs, settings } = scene.input;
  const { ledger } = place.evse;
  const lasting = as === 'all' ? place.told : place.toldOthers;
  const shown = rises(aloneAt(scene, place, wanted, true), worst, lasting);
  if (ledger.leaseShown) return shown;
  // Until the lease is shown all of them count for ever, this one and those before it; what is above
  // them once it is shown must fit as well. The first list has all that is added to W.
  const endless = shapedEntry({ ...told(ledger), leaseShown: false });
  const counted = as === 'all' ? endless : onOthers(endless);
  const unshown = rises(
    aloneAt(scene, place, wanted, false),
    worst,
    worstCaseOnce(counted, nowMs, settings),
  );
  return [...unshown, ...shown.map(({ fromMs, toMs }) => ({ fromMs, toMs, addA: 0 }))];
}

/** What a command adds to W from now on, by itself, with leases shown or not. */
function aloneAt(
  { input }: Scene,
  place: Place,
  wanted: Lease,
  leaseShown: boolean,
): readonly Step[] {
  const { ledger } = place.evse;
  const command: PossibleCommand = shapedCommand({
    seq: 0,
    grantA: amps(wanted.limitA),
    boundaryAtMs: wanted.boundaryAtMs,
    tailA: amps(wanted.tailA),
    steps: wanted.steps,
    state: 'unanswered',
  });
  const alone = shapedEntry({
    ...told(ledger),
    fallbackIdleA: amps(0),
    leaseShown,
    steps: ledger.steps,
    commands: [command],
  });
  return worstCaseOnce(alone, input.nowMs, input.settings);
}

/** Never above the limit: a paused session would hold current for a time that may never come. */
function wantedTailA({ evse }: Place, limitA: number): number {
  const wantedA = Math.min(evse.tailWantedA, evse.ledger.currentMaxA, limitA);
  return pilotAtMost(evse.pilots, wantedA);
}

function leaseEndMs({ input }: Scene, { evse }: Place): number {
  return wholeSecond(input.nowMs + evse.leaseSec * 1000);
}

/** Profiles are written in whole seconds; rounded down, a lease never ends late. */
function wholeSecond(atMs: number): number {
  return Math.floor(atMs / 1000) * 1000;
}
