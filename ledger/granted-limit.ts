/** What is in force at an EVSE after a grant, and the one reason why it is not more. */
import { amps, type BoundBy, type CircuitId, type EvseId } from '../solver/index.js';
import type { Misfit } from './load-over-time.js';
import type { Refusal, Scene } from './offer.js';
import { pilotAtMost } from './pilots.js';
import type { Place } from './place.js';
import type { GrantResult, NotGuaranteed } from './types.js';

/** Below this W does not exceed what is in force, A. */
const EXCESS_TOLERANCE_A = 1e-6;

/** EVSEs by circuit index that may draw more than they are in force for; ascending by id. */
type Waits = ReadonlyMap<number, readonly EvseId[]>;

export interface Reasons {
  readonly refusal: Refusal | undefined;
  readonly notGuaranteed: readonly NotGuaranteed[];
  /** Asked for only where somebody waits. */
  readonly waits: () => Waits;
}

/** Made at the first call, once everything was granted. */
export function waitsByCircuit(places: readonly Place[]): () => Waits {
  let made: Waits | undefined;
  return () => (made ??= waitsNow(places));
}

function waitsNow(places: readonly Place[]): Waits {
  const waits = new Map<number, EvseId[]>();
  for (const place of places) {
    const { evse, granted, inForceA, path, worst } = place;
    const limitA = granted?.limitA ?? inForceA;
    if ((worst[0]?.currentA ?? 0) <= limitA + EXCESS_TOLERANCE_A) continue;
    for (const circuitIndex of path) {
      const below = waits.get(circuitIndex);
      if (below === undefined) waits.set(circuitIndex, [evse.id]);
      else below.push(evse.id);
    }
  }
  for (const ids of waits.values()) ids.sort((a, b) => (a < b ? -1 : 1));
  return waits;
}

export function grantedLimit(
  scene: Scene,
  place: Place,
  reasons: Reasons,
): GrantResult['limits'][number] {
  const limitA = amps(place.granted?.limitA ?? place.inForceA);
  return { evseId: place.evse.id, limitA, boundBy: boundByOf(scene, place, limitA, reasons) };
}

function boundByOf(scene: Scene, place: Place, limitA: number, reasons: Reasons): BoundBy {
  const { evse, granted, unconfirmed } = place;
  if (evse.goal === undefined) return { kind: 'no-session' };
  if (!evse.controllable) return evse.goal.boundBy;
  const { refusal } = reasons;
  if (granted === undefined && unconfirmed !== undefined && unconfirmed.grantA !== limitA) {
    return { kind: 'unconfirmed', wantedA: unconfirmed.grantA };
  }
  const isWhole = limitA >= pilotAtMost(evse.pilots, evse.goal.limitA);
  // A lease that could not be renewed will run out: the ledger binds, although the goal is met.
  if (refusal?.kind === 'misfit' && !(isWhole && granted !== undefined)) {
    return waiting(scene, place, refusal.misfit, reasons);
  }
  if (isWhole) return evse.goal.boundBy;
  if (evse.raiseNotBeforeMs !== undefined && evse.raiseNotBeforeMs > scene.input.nowMs) {
    return { kind: 'hold', untilMs: evse.raiseNotBeforeMs };
  }
  return unconfirmed !== undefined || evse.busy
    ? { kind: 'unconfirmed', wantedA: unconfirmed?.grantA ?? evse.goal.limitA }
    : evse.goal.boundBy;
}

function waiting(
  { load }: Scene,
  { evse }: Place,
  { circuitIndex }: Misfit,
  { notGuaranteed, waits }: Reasons,
): BoundBy {
  const circuitId: CircuitId | undefined = load.tree.circuitIds[circuitIndex];
  if (circuitId === undefined) return { kind: 'no-session' };
  const named = notGuaranteed.find((circuit) => circuit.circuitId === circuitId);
  if (named !== undefined) return { kind: 'not-guaranteed', cause: named.cause };
  const waitsFor = (waits().get(circuitIndex) ?? []).filter((id) => id !== evse.id);
  return { kind: 'ledger', circuitId, waitsFor };
}
