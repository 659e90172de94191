/**
 * R12: on which phase an EVSE that is told to use one counts, and which one it is told. Limits for one phase
 * all count on the same: another is named only once none of the one before can hold any more.
 */
import { shapedEntry } from '../../ledger/index.js';
import type { EvseLedger } from '../../ledger/types.js';
import type { EvseId, PerChannel, SiteProblem } from '../../solver/index.js';
import type { EvseStanding } from '../sites/snapshot.js';
import { type Draft, updateEvse } from './draft.js';
import type { Goals } from './goals.js';
import { takesPhaseToUse } from './switch-trust.js';

/** As the EVSE numbers them; undefined: none is named, and it is its first. */
export type PhaseToUse = 1 | 2 | 3 | undefined;

const PHASES = [1, 2, 3] as const;

/** The conductor of the supply that a phase of the EVSE is connected to; undefined: nobody knows. */
export function channelsOn(
  { rotation }: EvseStanding['evse'],
  phaseToUse: PhaseToUse,
): PerChannel<boolean> | undefined {
  const name = rotation?.[(phaseToUse ?? 1) - 1];
  return name === undefined ? undefined : [name === 'R', name === 'S', name === 'T'];
}

/** No limit for another phase may still hold. */
export function mayTell({ nowMs }: Draft, ledger: EvseLedger, phaseToUse: PhaseToUse): boolean {
  const { onePhase, commands } = ledger;
  if (onePhase === undefined || onePhase.phaseToUse === phaseToUse) return true;
  return !commands.some(
    ({ phases, state, countsUntilMs = Number.POSITIVE_INFINITY }) =>
      phases === 1 && (state !== 'superseded' || countsUntilMs > nowMs),
  );
}

/** Nothing was shown of another phase, whether it is named anew or wired anew. */
export function putOnePhase(
  draft: Draft,
  id: EvseId,
  place: { readonly channels: PerChannel<boolean>; readonly phaseToUse: PhaseToUse } | undefined,
): void {
  const known = draft.evses.get(id)?.ledger.onePhase;
  const isSame =
    known?.phaseToUse === place?.phaseToUse &&
    (place?.channels.every((it, at) => it === known?.channels[at]) ?? known === undefined);
  if (isSame) return;
  const isRefuted = known?.refuted === true && known.phaseToUse !== place?.phaseToUse;
  const onePhase =
    place === undefined
      ? undefined
      : { ...place, shown: false, ...(isRefuted ? { refuted: true as const } : {}) };
  updateEvse(draft, id, (it) => ({ ...it, ledger: shapedEntry({ ...it.ledger, onePhase }) }));
}

export interface Choice {
  readonly phaseToUse: PhaseToUse;
  readonly channels: PerChannel<boolean>;
}

/**
 * The phase on which it would get most; among equals the one that others load least. Undefined: it would
 * get nothing on any.
 */
export function choosePhase(
  draft: Draft,
  { evse, station }: EvseStanding,
  from: {
    readonly problem: SiteProblem;
    readonly goals: Goals;
    readonly wouldGet: (channels: PerChannel<boolean>) => number;
  },
): Choice | undefined {
  const ledger = draft.evses.get(evse.id)?.ledger;
  if (ledger === undefined) return undefined;
  const named = takesPhaseToUse(station)
    ? PHASES.filter((phase) => mayTell(draft, ledger, phase))
    : [];
  const usual = mayTell(draft, ledger, undefined) ? [undefined] : [];
  let best: (Choice & { readonly getsA: number; readonly othersA: number }) | undefined;
  for (const phaseToUse of named.length > 0 ? named : usual) {
    const channels = channelsOn(evse, phaseToUse);
    if (channels === undefined) continue;
    const getsA = from.wouldGet(channels);
    const othersA = othersOn(from, evse.id, channels);
    const isBetter =
      best === undefined || getsA > best.getsA || (getsA === best.getsA && othersA < best.othersA);
    if (isBetter) best = { phaseToUse, channels, getsA, othersA };
  }
  return best !== undefined && best.getsA > 0 ? best : undefined;
}

/** What others are to have on these conductors, or hold, A. */
function othersOn(
  { problem, goals }: { readonly problem: SiteProblem; readonly goals: Goals },
  id: EvseId,
  channels: PerChannel<boolean>,
): number {
  return problem.evses.reduce((sumA, it) => {
    const isThere = it.id !== id && it.channels.some((isOn, at) => isOn && channels[at] === true);
    return isThere ? sumA + Math.max(it.reservedA, goals.get(it.id)?.limitA ?? 0) : sumA;
  }, 0);
}
