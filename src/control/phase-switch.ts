/**
 * R12: an EVSE that switches phases is told to use one where its three-phase minimum does not fit and one
 * phase does, and all of them again where that gives the vehicle more. A switch stays for a while, because
 * contactors wear and vehicles start anew. The ledger counts all phases until the station's own schedule has
 * shown one; a switch back counts on all of them before it is sent.
 */
import { onOthers, shapedEntry, worstCaseAt } from '../../ledger/index.js';
import type { EvseLedger, PossibleCommand, Tier } from '../../ledger/types.js';
import type { ChargingProfile, CompositeSchedule } from '../../profiles/index.js';
import {
  type CircuitId,
  createAllocator,
  type EvseId,
  type LimitSource,
  memoized,
  type PerChannel,
  type SiteProblem,
} from '../../solver/index.js';
import type { MeterSample } from '../ocpp/messages.js';
import { onSupply } from '../sites/rotation.js';
import type { SiteEvse } from '../sites/site.js';
import { type EvseStanding, snapshot } from '../sites/snapshot.js';
import { channelCount, channelVoltageMaxV, isEndless, takesAmps } from './charge-rate.js';
import { type Draft, updateEvse, wakeAt } from './draft.js';
import type { Goals } from './goals.js';
import { leaseCarrierOf } from './form.js';
import { withinMeterA } from './overdraw.js';
import type { EvseState } from './state.js';
import { channelsOn, choosePhase, mayTell, type PhaseToUse, putOnePhase } from './phase-choice.js';
import {
  isSwitchTrusted,
  isToldOfPhases,
  switchesPhases,
  takesPhaseToUse,
} from './switch-trust.js';

/** How many phases an EVSE that switches them is told to use, since when; absent: all. */
export interface PhasesTold {
  readonly count: 1 | 3;
  readonly sinceMs: number;
  /** Of one: the limit that left too little for three. Absent: a test tells it. */
  readonly because?: PhasesBecause | undefined;
}

export interface PhasesBecause {
  readonly circuitId: CircuitId;
  readonly source: LimitSource['kind'];
}

/** Of a switch, either way. */
const DWELL_MS = 600_000;
/** A station that has not shown the switch by then does not switch. */
const SHOWN_WITHIN_MS = 120_000;
/** Above this a phase is in use, A. */
const IN_USE_A = 1;
/** With three phases the vehicle is to get this much more, so that it does not go back at once. */
const MORE_FACTOR = 1.2;

/** Before that it does not go back to three; undefined: it is told of three. */
export function threeAgainAtMs({ phases }: EvseState): number | undefined {
  return phases?.count === 1 ? phases.sinceMs + DWELL_MS : undefined;
}

/** Which its commands are for; absent: all. */
export function phasesTold({ phases, ledger }: EvseState): 1 | undefined {
  return phases?.count === 1 && ledger.onePhase !== undefined ? 1 : undefined;
}

/** The channels of a problem: one where it was shown to use no more. */
export function switchedChannels(
  state: EvseState,
  counted: PerChannel<boolean>,
): PerChannel<boolean> {
  const { onePhase } = state.ledger;
  if (phasesTold(state) !== 1 || onePhase?.shown !== true) return counted;
  return bothOf(counted, onePhase.channels);
}

/** All that it says of phases is one. */
export function isForOnePhase({ periods }: Pick<ChargingProfile, 'periods'>): boolean {
  return periods.length > 0 && periods.every(({ numberPhases }) => numberPhases === 1);
}

/** The station's own schedule shows one phase, and the one that was named, under a lease that says so. */
export function notePhases(
  draft: Draft,
  evse: SiteEvse,
  schedule: CompositeSchedule,
  newest: PossibleCommand,
): void {
  const ledger = draft.evses.get(evse.id)?.ledger;
  const { onePhase } = ledger ?? {};
  if (ledger === undefined || onePhase === undefined || onePhase.refuted === true) return;
  if (!isSwitchTrusted(evse, draft.stations.get(evse.stationId), ledger)) return;
  if (onePhase.shown || newest.phases !== 1 || !isForOnePhase(schedule)) return;
  const told = onePhase.phaseToUse ?? 1;
  if (schedule.periods.some(({ phaseToUse = 1 }) => phaseToUse !== told)) return;
  updateEvse(draft, evse.id, (it) => ({
    ...it,
    ledger: shapedEntry({
      ...it.ledger,
      onePhase: { ...onePhase, shown: true, unread: undefined },
    }),
  }));
  wakeAt(draft, draft.nowMs);
}

/** Its samples show current on phases that it was told to leave out, and said that it would. */
export function refuteSwitch(draft: Draft, evse: SiteEvse, samples: readonly MeterSample[]): void {
  const state = draft.evses.get(evse.id);
  const onePhase = state?.ledger.onePhase;
  if (state === undefined || onePhase?.shown !== true) return;
  const { settings } = draft.site;
  const others = onOthers(state.ledger);
  const isMore = samples.some(({ atMs, currentA, powerW }) => {
    const instants = [atMs - settings.skewSec * 1000, atMs + settings.skewSec * 1000, draft.nowMs];
    const highestA = (of: EvseLedger): number =>
      Math.max(...instants.map((it) => worstCaseAt(of, it, settings)));
    const countedA = highestA(others);
    const onSupplyA = currentA === undefined ? undefined : onSupply(evse, currentA);
    if (onSupplyA !== undefined || powerW === undefined) {
      return onSupplyA?.some((a, at) => !onePhase.channels[at] && (a ?? 0) > countedA + IN_USE_A);
    }
    // Without currents: more in all than its one phase and what is left on the others can be.
    const oneA = withinMeterA(highestA(state.ledger));
    const allowedA = oneA + (channelCount(evse) - 1) * countedA + IN_USE_A;
    return powerW / channelVoltageMaxV(draft.site) > allowedA;
  });
  if (!isMore) return;
  const refuted = { ...onePhase, shown: false, refuted: true } as const;
  updateEvse(draft, evse.id, (it) => ({
    ...it,
    phases: { count: 3, sinceMs: draft.nowMs },
    ledger: shapedEntry({ ...it.ledger, onePhase: refuted }),
  }));
  const detail =
    'draws on phases that it was told to leave out: it counts and is told for all of them from now on';
  draft.effects.push({ type: 'alarm', code: 'phases-not-switched', evseId: evse.id, detail });
  wakeAt(draft, draft.nowMs);
}

/** Decides for each of them, with the goals that were just made. */
export function switchPhases(
  draft: Draft,
  all: readonly EvseStanding[],
  { goals, tiers }: { readonly goals: Goals; readonly tiers: readonly Tier[] },
): void {
  let problem: SiteProblem | undefined;
  for (const standing of all) {
    const { evse, station } = standing;
    const { ledger, phases } = standing.state;
    const isKnown = ledger.onePhase !== undefined || phases !== undefined;
    if (!isKnown && !switchesPhases(evse, station)) continue;
    const channels = noteChannels(draft, standing);
    const state = draft.evses.get(evse.id);
    if (state === undefined) continue;
    const isTrusted = isSwitchTrusted(evse, station, state.ledger);
    if (!isTrusted) forgetShown(draft, evse.id);
    if (channels === undefined || state.transactionId === undefined) {
      if (state.phases !== undefined) put(draft, evse.id, undefined);
      continue;
    }
    if (!isTrusted && state.test === undefined && state.phases?.count === 1) put(draft, evse.id, 3);
    if (!isTrusted || !isFree(draft, standing, state)) continue;
    problem ??= snapshot(draft, all, { tiers, nowMs: draft.nowMs, assumed: 'reserve' });
    decideOne(draft, { ...standing, state }, { problem, goals });
  }
}

function decideOne(
  draft: Draft,
  standing: EvseStanding,
  from: { readonly problem: SiteProblem; readonly goals: Goals },
): void {
  const { evse, state } = standing;
  const { problem, goals } = from;
  const wouldGet = (channels: PerChannel<boolean>): number =>
    allocated(draft, problem, evse.id, channels);
  const goalA = goals.get(evse.id)?.limitA ?? 0;
  if (state.phases?.count === 1) {
    const wholeA = wouldGet(evse.channels);
    if (wholeA * 3 > goalA * MORE_FACTOR && wholeA > 0) put(draft, evse.id, 3);
    return;
  }
  const boundBy = goals.get(evse.id)?.boundBy;
  if (goalA > 0 || boundBy?.kind !== 'admission') return;
  const choice = choosePhase(draft, standing, { ...from, wouldGet });
  if (choice === undefined) return;
  const { channels, phaseToUse } = choice;
  const { circuitId, source } = boundBy;
  putOnePhase(draft, evse.id, { channels, phaseToUse });
  put(draft, evse.id, 1, { circuitId, source: source.kind });
}

/** Where it counts on one phase is kept as it is wired; undefined where it is not to be told of phases. */
function noteChannels(draft: Draft, standing: EvseStanding): PerChannel<boolean> | undefined {
  const { evse, station, state } = standing;
  const isTold = isToldOfPhases(evse, station, state) && unfitForOne(standing) === undefined;
  const known = state.ledger.onePhase?.phaseToUse;
  const isOver = !takesPhaseToUse(station) && mayTell(draft, state.ledger, undefined);
  const phaseToUse = isOver ? undefined : known;
  const channels = isTold ? channelsOn(evse, phaseToUse) : undefined;
  putOnePhase(draft, evse.id, channels === undefined ? undefined : { channels, phaseToUse });
  return channels;
}

/** Why a limit for one phase cannot be told here, whether it switches or not; undefined: it can. */
export function unfitForOne({
  evse,
  station,
}: Pick<EvseStanding, 'evse' | 'station'>): string | undefined {
  if (!evse.channels.every(Boolean)) return 'it is not wired to three phases';
  if (evse.rotation === undefined) return 'how its phases are connected is not recorded';
  const isOfTransaction = leaseCarrierOf(station, evse.id) === 'tx';
  const isPlain = takesAmps(station, evse) && !isEndless(station) && isOfTransaction;
  return isPlain ? undefined : 'it takes no limits in amperes that belong to a transaction and end';
}

/** A test tells it so. Precondition: it can be told, and of this phase. */
export function tellPhases(
  draft: Draft,
  evse: SiteEvse,
  { count, phaseToUse }: { readonly count: 1 | 3; readonly phaseToUse?: PhaseToUse },
): void {
  put(draft, evse.id, count);
  const channels = channelsOn(evse, phaseToUse);
  if (count === 1 && channels !== undefined) putOnePhase(draft, evse.id, { channels, phaseToUse });
}

/** What was shown is not believed any more: it counts on all phases. */
function forgetShown(draft: Draft, id: EvseId): void {
  const known = draft.evses.get(id)?.ledger.onePhase;
  if (known?.shown !== true) return;
  const onePhase = { ...known, shown: false, unread: true } as const;
  updateEvse(draft, id, (it) => ({ ...it, ledger: shapedEntry({ ...it.ledger, onePhase }) }));
}

/** It has stayed as it is for long enough; one that does not show the switch is told of all phases again. */
function isFree(
  draft: Draft,
  { controllable, credited, session }: EvseStanding,
  state: EvseState,
): boolean {
  if (!controllable || !credited || session?.phase !== 'active' || state.test !== undefined)
    return false;
  const { phases, ledger } = state;
  if (ledger.onePhase?.refuted === true) return false;
  if (phases === undefined) return true;
  const isShown = phases.count === 3 || ledger.onePhase?.shown === true;
  const untilMs = phases.sinceMs + (isShown ? DWELL_MS : SHOWN_WITHIN_MS);
  if (draft.nowMs < untilMs) {
    wakeAt(draft, untilMs);
    return false;
  }
  if (isShown) return true;
  put(draft, state.id, 3);
  return false;
}

/** What the allocator would give it on these channels, all else being equal, A. */
function allocated(
  draft: Draft,
  problem: SiteProblem,
  id: EvseId,
  channels: PerChannel<boolean>,
): number {
  const evses = problem.evses.map((it) => (it.id === id ? { ...it, channels } : it));
  const { limits } = allocatorOf(draft.site)({ ...problem, evses });
  return limits.find(({ evseId }) => evseId === id)?.limitA ?? 0;
}

const allocatorOf = memoized((_site: Draft['site']) => createAllocator());

function put(draft: Draft, id: EvseId, count: 1 | 3 | undefined, because?: PhasesBecause): void {
  const phases =
    count === undefined
      ? undefined
      : { count, sinceMs: draft.nowMs, ...(because === undefined ? {} : { because }) };
  updateEvse(draft, id, (it) => ({ ...it, phases }));
  wakeAt(draft, draft.nowMs);
}

function bothOf(a: PerChannel<boolean>, b: PerChannel<boolean>): PerChannel<boolean> {
  return [a[0] && b[0], a[1] && b[1], a[2] && b[2]];
}
