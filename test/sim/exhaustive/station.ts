/** An honest station as data: how it takes calls, what its vehicle may draw, how it loses power. */
import type { ChargingProfile } from '../../../profiles/charging-profile.js';
import type { CommandOutcome, StationCommand } from '../../../src/ocpp/messages.js';
import { createProfileBook, type ProfileBook } from '../profile-book.js';
import { currentSteps, defaultsCallOf, type Flight, type SimEvse } from '../sim-evse.js';
import { pilotAt } from '../station-schedule.js';
import type { Model } from './model.js';
import { type PilotBefore, type StationNow, without, type World } from './world.js';

/** The station's only EVSE as the simulated world has it; its vehicle takes what it gets. */
export function simEvseOf(
  model: Model,
  index: number,
  station: StationNow,
  underWay: readonly StationCommand[] = [],
): SimEvse {
  const spec = model.stations[index];
  const site = model.site.evses[index];
  if (spec === undefined || site === undefined) throw new Error(`no station ${index}`);
  const { transaction } = station;
  return {
    site,
    spec,
    visit: undefined,
    firstDrawAtMs: undefined,
    isAsleep: false,
    switchedAtMs: undefined,
    tx:
      transaction === undefined || !station.isPowered
        ? undefined
        : {
            fingerprint: transaction.id,
            id: transaction.id,
            startedAtMs: transaction.startedAtMs,
            meterStartWh: 0,
          },
    pilotA: 0,
    history: [...station.history],
    drawA: 0,
    registerWh: 0,
    status: undefined,
    flights: new Set(underWay.flatMap(leaseIn)),
    defaultsCalls: new Set(underWay.flatMap((it) => defaultsCallOf(it) ?? [])),
    dirty: true,
  };
}

function leaseIn(command: StationCommand): Flight[] {
  const isLease = command.kind === 'set-charging-profile' && command.profile.purpose === 'tx';
  return isLease ? [{ profile: command.profile }] : [];
}

/** The station handles a call: what it is afterwards, and its answer. */
export function handle(
  model: Model,
  world: World,
  index: number,
  command: StationCommand,
): { readonly station: StationNow; readonly outcome: CommandOutcome } {
  const station = world.stations[index];
  if (station === undefined) throw new Error(`no station ${index}`);
  const evse = simEvseOf(model, index, station);
  const book = bookOf(model, evse, station.profiles);
  const outcome = answerOf(command, book, evse, world.nowMs);
  const after = { ...station, profiles: [...book.all()] };
  return {
    station: withPilotNoted(model, index, { before: station, after }, world.nowMs),
    outcome,
  };
}

function answerOf(
  command: StationCommand,
  book: ProfileBook,
  evse: SimEvse,
  nowMs: number,
): CommandOutcome {
  switch (command.kind) {
    case 'set-charging-profile':
      return book.install(command.profile, evse);
    case 'clear-charging-profile':
      return book.clear(command);
    case 'get-composite-schedule':
      return book.composite(command, evse, nowMs);
    default:
      return { status: 'accepted' };
  }
}

/** A book that holds these profiles. */
function bookOf(model: Model, evse: SimEvse, profiles: readonly ChargingProfile[]): ProfileBook {
  const book = createProfileBook(evse.spec, [evse.site.evseNumber]);
  for (const profile of profiles) {
    // As at the time when it was taken.
    const id = profile.transactionId;
    const tx =
      id === undefined ? undefined : { fingerprint: id, id, startedAtMs: 0, meterStartWh: 0 };
    const { status } = book.install(profile, { ...evse, tx });
    if (status !== 'accepted') throw new Error(`${model.name}: a stored profile is refused`);
  }
  return book;
}

/** The pilot on offer; 0 without a transaction, the contactor is open. */
function pilotOf(model: Model, index: number, station: StationNow, nowMs: number): number {
  if (station.transaction === undefined || !station.isPowered) return 0;
  const evse = simEvseOf(model, index, station);
  return pilotAt(currentSteps(evse, station.profiles), nowMs).pilotA;
}

/** After a change: what the vehicle may still be following from before. */
export function withPilotNoted(
  model: Model,
  index: number,
  { before, after }: { readonly before: StationNow; readonly after: StationNow },
  nowMs: number,
): StationNow {
  if (after.transaction === undefined || !after.isPowered) return { ...after, history: [] };
  const wasA = pilotOf(model, index, before, nowMs);
  const isA = pilotOf(model, index, after, nowMs);
  const history = [...after.history, { pilotA: wasA, untilMs: nowMs }];
  return { ...after, history: pruned(model, index, history, isA, nowMs) };
}

/** Time passes: schedules move on by themselves, and vehicles follow. */
export function laterAt(
  model: Model,
  index: number,
  station: StationNow,
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
): StationNow {
  if (station.transaction === undefined || !station.isPowered) return station;
  const steps = currentSteps(simEvseOf(model, index, station), station.profiles);
  const passed: PilotBefore[] = steps.flatMap((step, i) =>
    step.fromMs > fromMs && step.fromMs <= toMs
      ? [{ pilotA: steps[i - 1]?.pilotA ?? 0, untilMs: step.fromMs }]
      : [],
  );
  const isA = pilotAt(steps, toMs).pilotA;
  const history = pruned(model, index, [...station.history, ...passed], isA, toMs);
  return { ...station, history };
}

/**
 * Only what can still be drawn and is not covered: by the pilot of now, which may be drawn as long
 * after its own later end, or by a larger one that ended later.
 */
function pruned(
  model: Model,
  index: number,
  history: readonly PilotBefore[],
  pilotA: number,
  nowMs: number,
): readonly PilotBefore[] {
  const settleMs = model.stations[index]?.settleMaxMs ?? 0;
  const kept: PilotBefore[] = [];
  for (const it of history) {
    if (it.pilotA <= pilotA || it.untilMs + settleMs <= nowMs) continue;
    const isCovered = (by: PilotBefore): boolean =>
      by.pilotA >= it.pilotA && by.untilMs >= it.untilMs;
    if (kept.some(isCovered)) continue;
    for (let i = kept.length - 1; i >= 0; i -= 1) {
      const old = kept[i];
      if (old !== undefined && it.pilotA >= old.pilotA && it.untilMs >= old.untilMs)
        kept.splice(i, 1);
    }
    kept.push(it);
  }
  return kept.sort((a, b) => a.untilMs - b.untilMs || a.pilotA - b.pilotA);
}

/** It goes dark: what it had read from sockets is gone, its profiles of transactions perhaps too. */
export function darkened(
  station: StationNow,
  options: { amnesia: boolean; upAtMs: number },
): StationNow {
  const { profiles } = station;
  return {
    ...without(station, 'generation', 'postAtMs', 'connectAtMs'),
    isPowered: false,
    history: [],
    held: [],
    profiles: options.amnesia ? profiles.filter((it) => it.purpose !== 'tx') : profiles,
    powerUpAtMs: options.upAtMs,
  };
}
