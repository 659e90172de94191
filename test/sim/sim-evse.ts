/** One virtual EVSE: profiles to pilot, pilot to vehicle, vehicle to current. */
import type { ChargingProfile } from '../../profiles/charging-profile.js';
import type { EvseStatus, MeterSample, StationCommand } from '../../src/ocpp/messages.js';
import type { SiteEvse } from '../../src/sites/site.js';
import type { EventHeap, Timer } from './event-heap.js';
import type { Dice } from './random.js';
import type { StationSpec, Visit } from './scenario.js';
import {
  cappedSteps,
  defaultPilotA,
  defaultSteps,
  type EvseFacts,
  leading,
  onePhaseOf,
  type PilotStep,
  pilotAt,
  pilotSteps,
  type StoredProfile,
  wattsPerAmp,
} from './station-schedule.js';

export interface SimTransaction {
  readonly fingerprint: string;
  /** 1.6: unknown to the station until its start was answered. */
  id: string | undefined;
  readonly startedAtMs: number;
  readonly meterStartWh: number;
}

/** A lease that was written to this EVSE and may still be applied. */
export interface Flight {
  readonly profile: ChargingProfile;
}

/** F0, or a clear, that may still be applied. */
export type DefaultsCall = Extract<
  StationCommand,
  { readonly kind: 'set-charging-profile' | 'clear-charging-profile' }
>;

/** F0 has one period; a grant, in whatever form, has more or is of the transaction. */
export function defaultsCallOf(command: StationCommand): DefaultsCall | undefined {
  if (command.kind === 'clear-charging-profile') return command;
  if (command.kind !== 'set-charging-profile') return undefined;
  const { purpose, periods } = command.profile;
  return purpose !== 'tx' && periods.length === 1 ? command : undefined;
}

export interface SimEvse {
  readonly site: SiteEvse;
  readonly spec: StationSpec;
  visit: Visit | undefined;
  /** Of the visit: its first current, and when a single-phase vehicle took all phases. */
  firstDrawAtMs: number | undefined;
  switchedAtMs: number | undefined;
  /** And when it first drew on them: while it is paused no sample can show it. */
  switchedDrawAtMs?: number | undefined;
  /** Since when it draws over them without a pause, and the longest that it did before. */
  switchedSinceMs?: number | undefined;
  switchedForMs?: number | undefined;
  /** Its station has closed this one of its phases only, as it was told to. */
  onePhase?: number | undefined;
  /** Of the visit: it was paused and has not woken up. */
  isAsleep: boolean;
  tx: SimTransaction | undefined;
  pilotA: number;
  /** Pilots of the last seconds, each with the instant at which it ended. */
  history: {
    readonly pilotA: number;
    readonly untilMs: number;
    readonly onePhase?: number | undefined;
  }[];
  /** Its station was told to use this one, and will. */
  toldOne?: number | undefined;
  /** Per phase in use. */
  drawA: number;
  registerWh: number;
  /** What it stood at when its meter began anew; absent: it never did. */
  registerBaseWh?: number;
  /** What its meter tells for ever; absent: what it measures. */
  stuckAt?: Omit<MeterSample, 'atMs'> | undefined;
  /** When it measured again. */
  unstuckAtMs?: number;
  /** Its next sample tells too much. */
  spikes?: boolean;
  /** The last status sent. */
  status: EvseStatus | undefined;
  readonly flights: Set<Flight>;
  readonly defaultsCalls: Set<DefaultsCall>;
  /** Something changed that I1 depends on. */
  dirty: boolean;
}

export interface EvseDeps {
  readonly heap: EventHeap;
  readonly random: Dice;
  readonly profiles: () => readonly StoredProfile[];
  readonly powered: () => boolean;
  readonly sampleIntervalMs: number;
  readonly onDraw: (evse: SimEvse) => void;
}

export interface EvseControl {
  readonly evse: SimEvse;
  /** Profiles, transaction or power changed. */
  refresh(): void;
  /** Counts energy up to now; true when the vehicle became full. */
  meter(): void;
}

const PILOT_MIN_A = 6;
/** What 6 A on each phase are that were told at the lowest voltage, where it is high and little is lost. */
const RECTIFIER_MIN_A = 4;
const ABOVE_MAXIMUM = 1.5;
const MS_PER_HOUR = 3_600_000;

/** Below it nothing flows. */
export function leastPilotA({ dc }: StationSpec): number {
  return dc === undefined ? PILOT_MIN_A : RECTIFIER_MIN_A;
}

/** Phases that the vehicle loads now. */
export function phaseCountOf({ site, visit, switchedAtMs, onePhase }: SimEvse): number {
  if (onePhase !== undefined) return 1;
  const wired = site.channels.filter(Boolean).length;
  if (site.dc !== undefined) return wired;
  return visit?.singlePhase === true && switchedAtMs === undefined ? 1 : wired;
}

export function factsOf(evse: SimEvse): EvseFacts {
  return { evse: evse.site, spec: evse.spec, phaseCount: phaseCountOf(evse) };
}

export function createEvse(site: SiteEvse, spec: StationSpec, deps: EvseDeps): EvseControl {
  const { heap, random } = deps;
  const evse: SimEvse = {
    site,
    spec,
    visit: undefined,
    firstDrawAtMs: undefined,
    switchedAtMs: undefined,
    isAsleep: false,
    tx: undefined,
    pilotA: 0,
    history: [],
    drawA: 0,
    registerWh: 0,
    status: undefined,
    flights: new Set(),
    defaultsCalls: new Set(),
    dirty: true,
  };
  let breakpoint: Timer | undefined;
  let follow: { readonly atMs: number; readonly timer: Timer }[] = [];
  let meteredAtMs = heap.nowMs();
  let fullAtWh = Number.POSITIVE_INFINITY;

  function refresh(): void {
    evse.dirty = true;
    breakpoint?.cancel();
    if (evse.tx === undefined || !deps.powered()) return open();
    if (evse.visit !== undefined && !Number.isFinite(fullAtWh)) {
      fullAtWh = evse.registerWh + evse.visit.energyWh;
    }
    const { pilotA, untilMs } = pilotAt(currentSteps(evse, deps.profiles()), heap.nowMs());
    if (Number.isFinite(untilMs)) breakpoint = heap.at(untilMs, refresh);
    const told = phaseTold(evse, deps.profiles(), heap.nowMs());
    if (pilotA !== evse.pilotA || told !== evse.toldOne) setPilot(pilotA, told);
    else if (spec.lie !== undefined) draw();
  }

  function setPilot(pilotA: number, onePhase: number | undefined): void {
    const nowMs = heap.nowMs();
    note(evse, nowMs);
    evse.toldOne = onePhase;
    evse.pilotA = pilotA;
    const atMs = nowMs + random.int(0, spec.settleMaxMs);
    for (const later of follow) if (later.atMs >= atMs) later.timer.cancel();
    follow = follow.filter((it) => it.atMs < atMs);
    follow.push({
      atMs,
      timer: heap.at(atMs, () => {
        follow = follow.filter((it) => it.atMs > atMs);
        followTo(pilotA);
        switchTo(onePhase);
        draw();
      }),
    });
  }
  let followed = 0;
  let isItsTurn = false;

  /** Between two samples, so that every other one shows it. */
  function takeTurns(): void {
    isItsTurn = !isItsTurn;
    draw();
    heap.at(heap.nowMs() + deps.sampleIntervalMs, takeTurns);
  }
  if (spec.lie === 'in-turns') heap.at(heap.nowMs() + deps.sampleIntervalMs, takeTurns);

  function followTo(pilotA: number): void {
    const afterPause = evse.visit?.afterPause;
    const isRaise = followed >= leastPilotA(spec) && pilotA > followed;
    if (isRaise && afterPause === 'wakes-on-raise') evse.isAsleep = false;
    followed = pilotA;
    const isPaused = pilotA < leastPilotA(spec) && evse.firstDrawAtMs !== undefined;
    if (isPaused && afterPause !== undefined) evse.isAsleep = true;
  }

  function switchTo(onePhase: number | undefined): void {
    if (evse.onePhase === onePhase) return;
    meter();
    evse.onePhase = onePhase;
    evse.dirty = true;
    deps.onDraw(evse);
  }

  /** The contactor opens: nothing flows from here on. */
  function open(): void {
    for (const { timer } of follow) timer.cancel();
    follow = [];
    followed = 0;
    fullAtWh = evse.tx === undefined ? Number.POSITIVE_INFINITY : fullAtWh;
    evse.pilotA = 0;
    evse.history = [];
    evse.toldOne = undefined;
    switchTo(undefined);
    draw();
  }

  function draw(): void {
    meter();
    const { visit } = evse;
    const closed = evse.tx !== undefined && deps.powered() && visit !== undefined;
    const isFull = evse.registerWh >= fullAtWh;
    const vehicleA =
      closed && !isFull && !evse.isAsleep ? Math.min(visit.currentMaxA, site.currentMaxA) : 0;
    const drawA = drawn(spec, { followed, vehicleA, maxA: site.currentMaxA, isItsTurn });
    if (drawA === evse.drawA) return;
    evse.drawA = drawA;
    if (drawA > 0) begin(visit);
    noteSwitched();
    evse.dirty = true;
    deps.onDraw(evse);
  }

  function noteSwitched(): void {
    const { switchedAtMs, switchedSinceMs: sinceMs, switchedForMs = 0 } = evse;
    if (switchedAtMs !== undefined && evse.drawA > 0) {
      evse.switchedDrawAtMs ??= heap.nowMs();
      evse.switchedSinceMs ??= heap.nowMs();
    } else if (sinceMs !== undefined) {
      evse.switchedForMs = Math.max(switchedForMs, heap.nowMs() - sinceMs);
      evse.switchedSinceMs = undefined;
    }
  }

  /** The first current of a visit: some vehicles take the other phases after a while. */
  function begin(visit: Visit | undefined): void {
    if (evse.firstDrawAtMs !== undefined) return;
    evse.firstDrawAtMs = heap.nowMs();
    if (visit?.switchesAfterMs === undefined) return;
    heap.at(heap.nowMs() + visit.switchesAfterMs, () => {
      if (evse.visit !== visit) return;
      meter();
      evse.switchedAtMs = heap.nowMs();
      noteSwitched();
      refresh();
      deps.onDraw(evse);
    });
  }

  function meter(): void {
    const nowMs = heap.nowMs();
    const { phaseCount } = factsOf(evse);
    const powerW = evse.drawA * wattsPerAmp(spec, phaseCount);
    evse.registerWh += (powerW * (nowMs - meteredAtMs)) / MS_PER_HOUR;
    meteredAtMs = nowMs;
  }

  return {
    evse,
    refresh,
    meter() {
      meter();
      draw();
    },
  };
}

function drawn(
  spec: StationSpec,
  {
    followed: pilotA,
    vehicleA,
    maxA,
    isItsTurn,
  }: {
    readonly followed: number;
    readonly vehicleA: number;
    readonly maxA: number;
    readonly isItsTurn: boolean;
  },
): number {
  const { lie } = spec;
  if (lie === 'ignores' || (lie === 'in-turns' && isItsTurn)) return vehicleA;
  if (lie === 'above-maximum') return vehicleA > 0 ? maxA * ABOVE_MAXIMUM : 0;
  const allowedA = pilotA < leastPilotA(spec) - 1e-6 ? 0 : pilotA;
  return Math.min(lie === 'nine-percent' ? allowedA * 1.09 : allowedA, vehicleA);
}

function note(evse: SimEvse, nowMs: number): void {
  const keptFromMs = nowMs - evse.spec.settleMaxMs;
  evse.history = evse.history.filter((it) => it.untilMs > keptFromMs);
  evse.history.push({ pilotA: evse.pilotA, untilMs: nowMs, onePhase: evse.toldOne });
}

/** By the period of its TxProfile that holds now. */
function phaseTold(
  { spec, site, tx }: SimEvse,
  profiles: readonly StoredProfile[],
  nowMs: number,
): number | undefined {
  if (spec.switchesPhases !== true || tx?.id === undefined) return undefined;
  const profile = leading(profiles, 'tx', site.evseNumber, tx.id);
  if (profile === undefined) return undefined;
  const sinceSec = (nowMs + spec.skewMs - profile.startAtMs) / 1000;
  return onePhaseOf(
    spec,
    profile.periods.findLast((it) => it.startSec <= sinceSec),
  );
}

/** What the station will do if it hears nothing more. */
export function currentSteps(
  evse: SimEvse,
  profiles: readonly StoredProfile[],
): readonly PilotStep[] {
  const facts = factsOf(evse);
  const id = evse.spec.keepsTx === true ? 'any' : evse.tx?.id;
  const profile = id === undefined ? undefined : leading(profiles, 'tx', evse.site.evseNumber, id);
  const steps =
    profile === undefined
      ? defaultSteps(facts, profiles)
      : pilotSteps(facts, profile, defaultPilotA(facts, profiles));
  return cappedSteps(facts, profiles, steps);
}
