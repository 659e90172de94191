/** One virtual station: link, boot, message queue, calls of the gateway, visits of vehicles. */
import { requestNumber } from '../../src/ocpp/request-number.js';
import type { CommandOutcome, StationCommand } from '../../src/ocpp/messages.js';
import type { Site } from '../../src/sites/site.js';
import { assert } from '../../solver/index.js';
import type { EventHeap } from './event-heap.js';
import type { Connection, Network } from './network.js';
import { createProfileBook, type ProfileBook } from './profile-book.js';
import type { Dice } from './random.js';
import type { StationSpec, Visit } from './scenario.js';
import {
  createEvse,
  defaultsCallOf,
  type EvseControl,
  type Flight,
  type SimEvse,
} from './sim-evse.js';
import type { CallTarget, SimGateway, WrittenCall } from './sim-gateway.js';
import type { StoredProfile } from './station-schedule.js';
import { createSpeech, measured, readWh, type Speech } from './station-speech.js';

export interface SimStation extends CallTarget {
  readonly spec: StationSpec;
  readonly evses: readonly EvseControl[];
  readonly book: ProfileBook;
  /** What it keeps and holds to be valid: without a link some of it lapses (2.1). */
  readonly holds: () => readonly StoredProfile[];
  start(): void;
  /** The link dies; each side notices in its time. */
  breakLink(stationNoticesMs: number, serverNoticesMs: number, backOffMs: number): void;
  reboot(downMs: number, isAsked?: 'asked'): void;
  /** Our process went away: the station notices after a while and comes back. */
  serverGone(noticesMs: number): void;
  /** Its clock minus true time from now on. */
  setClock(skewMs: number): void;
  /** Another system sets its own limit on every transaction that runs here. */
  limitByOther(limitA: number, isAbove: boolean): void;
  /** The next sample tells too much, or its registers begin anew. */
  disturbMeter(kind: 'spike' | 'reset'): void;
  /** Its meters tell the same from now on, or what they measure again. */
  stickMeter(isStuck: boolean): void;
  readonly connected: () => boolean;
  /** Of the connection that it has by its own view. */
  readonly generation: () => number | undefined;
}

export interface StationDeps {
  readonly site: Site;
  readonly heap: EventHeap;
  readonly network: Network;
  readonly gateway: SimGateway;
  readonly random: Dice;
  readonly faultsEndMs: number;
  readonly duplicateFraction: number;
  readonly onDraw: (evse: SimEvse) => void;
}

/** No call is applied later than this after it was written (SAFETY R3). */
export const FLIGHT_MAX_MS = 300_000;
/** A slow call takes up to this long, more than any call timeout. */
const LATE_MAX_MS = 90_000;

export function createStation(planned: StationSpec, deps: StationDeps): SimStation {
  const { heap, network, gateway, random, site } = deps;
  let { skewMs } = planned;
  const spec = withClock(planned, () => skewMs);
  const own = site.evses.filter((evse) => evse.stationId === spec.id);
  const book = createProfileBook(
    spec,
    own.map((it) => it.evseNumber),
  );
  let connection: Connection | undefined;
  let offlineSinceMs = heap.nowMs();
  let powered = true;
  let boots = 0;
  let forgetsAll = false;
  let busyUntilMs = 0;
  let nextTransaction = 1;
  const flights = new Map<WrittenCall, Flight>();
  const writtenAtMs = new WeakMap<WrittenCall, number>();
  const handled = new WeakSet<WrittenCall>();
  let handledWrittenMs = 0;
  const evses = own.map((evse) =>
    createEvse(evse, spec, {
      heap,
      random,
      profiles: obeyed,
      powered: () => powered,
      sampleIntervalMs: site.settings.sampleIntervalSec * 1000,
      onDraw: deps.onDraw,
    }),
  );
  const speech: Speech = createSpeech({
    spec,
    evses,
    heap,
    network,
    gateway,
    random,
    faultsEndMs: deps.faultsEndMs,
    duplicateFraction: deps.duplicateFraction,
    sampleIntervalMs: site.settings.sampleIntervalSec * 1000,
    connection: () => (powered && connection?.stationOpen === true ? connection : undefined),
  });

  const isOpen = (): boolean => connection?.stationOpen === true;
  const declares = (): boolean => boots >= (spec.declaresFromBoot ?? 0);

  /** What it goes by at this moment. */
  function obeyed(): readonly StoredProfile[] {
    return spec.unboundOffline && !isOpen() ? [] : holds();
  }

  function reported(): readonly StoredProfile[] {
    const isCharging = evses.some(({ evse }) => evse.tx !== undefined);
    if (spec.hidesDefaults !== true || !isCharging) return book.all();
    return book.all().filter(({ purpose }) => purpose !== 'tx-default');
  }

  function holds(): readonly StoredProfile[] {
    return isOpen() ? book.all() : book.validSince(offlineSinceMs, heap.nowMs());
  }

  function goOffline(): void {
    offlineSinceMs = heap.nowMs();
    awaitLapses();
  }

  /** 2.1: profiles lapse one after another while it has no link. */
  function awaitLapses(): void {
    if (isOpen()) return;
    for (const atMs of book.lapsesAtMs(offlineSinceMs)) {
      if (atMs > heap.nowMs()) heap.at(atMs, refreshAll);
    }
  }

  function refreshAll(): void {
    for (const control of evses) control.refresh();
  }

  function connect(): void {
    if (!powered || connection?.stationOpen === true) return;
    connection = gateway.accept(spec);
    if (connection === undefined) heap.at(heap.nowMs() + random.int(1000, 10_000), connect);
    else {
      book.linkBack(offlineSinceMs, heap.nowMs());
      refreshAll();
      speech.connected();
    }
  }

  function hangUp(closing: Connection, backOffMs: number): void {
    if (connection !== closing || !closing.stationOpen) return;
    closing.stationOpen = false;
    goOffline();
    refreshAll();
    heap.at(heap.nowMs() + backOffMs, connect);
  }

  function evseOf(evseNumber: number): EvseControl | undefined {
    return evses.find(({ evse }) => evse.site.evseNumber === evseNumber);
  }

  function plug(control: EvseControl, visit: Visit): void {
    const { evse } = control;
    evse.visit = visit;
    evse.firstDrawAtMs = undefined;
    evse.isAsleep = false;
    evse.switchedAtMs = undefined;
    evse.switchedDrawAtMs = undefined;
    evse.switchedSinceMs = undefined;
    evse.switchedForMs = undefined;
    control.refresh();
    speech.status(evse, spec.version === 'ocpp1.6' ? 'preparing' : 'occupied');
    heap.at(heap.nowMs() + visit.authorizeMs, () => authorize(control, visit));
    heap.at(visit.leaveMs, () => finish(control, 'EVDisconnected'));
    heap.at(visit.leaveMs + visit.lingerMs, () => {
      evse.visit = undefined;
      control.refresh();
      speech.status(evse, 'available');
    });
  }

  function authorize(control: EvseControl, visit: Visit): void {
    const { evse } = control;
    if (evse.visit !== visit || evse.tx !== undefined || heap.nowMs() >= visit.leaveMs) return;
    const online = connection?.stationOpen === true;
    const isBarred = spec.forgets === 'at-boot' && !speech.isRegistered();
    if (!powered || isBarred || (!online && !spec.startsOffline)) {
      heap.at(heap.nowMs() + 15_000, () => authorize(control, visit));
      return;
    }
    begin(control);
  }

  function begin(control: EvseControl): void {
    const { evse } = control;
    control.meter();
    const is16 = spec.version === 'ocpp1.6';
    const place = site.stations.findIndex((it) => it.id === spec.id);
    const number = nextTransaction * site.stations.length + place;
    const fingerprint = is16 ? String(number) : `${spec.id}-${number}`;
    nextTransaction += 1;
    const id = is16 ? undefined : fingerprint;
    const meterStartWh = readWh(evse);
    evse.tx = { fingerprint, id, startedAtMs: heap.nowMs(), meterStartWh };
    control.refresh();
    speech.started(control, evse.tx);
  }

  function finish(control: EvseControl, reason: string): void {
    const { tx } = control.evse;
    if (tx === undefined) return;
    control.meter();
    control.evse.tx = undefined;
    control.refresh();
    speech.ended(control.evse, tx, reason);
  }

  function powerUp(): void {
    powered = true;
    if (forgetsAll || (!spec.offlineTested && spec.amnesia)) book.forget('all');
    else if (spec.amnesia) book.forget('tx');
    for (const control of evses) {
      const { tx, visit } = control.evse;
      if (tx !== undefined && !spec.resumes) finish(control, 'PowerLoss');
      else control.refresh();
      if (tx !== undefined && !spec.resumes && visit !== undefined) {
        heap.at(heap.nowMs() + visit.authorizeMs, () => authorize(control, visit));
      }
    }
    speech.booted();
    connect();
  }

  /**
   * What was answered is not carried out once more behind a later call: a copy keeps its place in its stream,
   * and nothing but its own end could bound a grant that came back after the cut that followed it.
   */
  function isOvertaken(call: WrittenCall): boolean {
    const ofMs = writtenAtMs.get(call) ?? 0;
    if (handled.has(call) && ofMs < handledWrittenMs) return true;
    handled.add(call);
    handledWrittenMs = Math.max(handledWrittenMs, ofMs);
    return false;
  }

  function handle(call: WrittenCall): void {
    if (isOvertaken(call)) return;
    const { command } = call.row;
    const outcome = decide(command);
    settleFlight(call);
    awaitLapses();
    refreshAll();
    const { connection: via } = call;
    if (!via.stationOpen) return;
    network.up(via, () => onServer(() => gateway.reply(call, outcome)));
    const isReport = command.kind === 'read-variables' && spec.version !== 'ocpp1.6';
    if (isReport && declares()) speech.report();
    if (command.kind === 'get-charging-profiles' && outcome.status === 'accepted') {
      speech.profiles(requestNumber(call.row.seq), reported());
    }
  }

  function onServer(run: () => void): void {
    if (heap.nowMs() < gateway.pausedUntilMs()) heap.at(gateway.pausedUntilMs(), run);
    else run();
  }

  function decide(command: StationCommand): CommandOutcome {
    switch (command.kind) {
      case 'set-charging-profile':
        return setProfile(command.profile);
      case 'clear-charging-profile':
        return book.clear(command);
      case 'get-composite-schedule': {
        const control = evseOf(command.evseNumber);
        assert(control !== undefined, `${spec.id} has an EVSE ${command.evseNumber}`);
        return book.composite(command, control.evse, heap.nowMs());
      }
      case 'read-variables':
        return spec.version === 'ocpp1.6' && declares()
          ? { status: 'accepted', variables: variables16(spec) }
          : { status: 'accepted' };
      case 'get-charging-profiles':
        if (spec.version === 'ocpp1.6' || spec.tellsNoProfiles === true) {
          return { status: 'not-supported', detail: 'no' };
        }
        return { status: 'accepted', matched: reported().length > 0 };
      case 'call':
        obey(command.action);
        return { status: 'accepted' };
      default:
        return { status: 'accepted' };
    }
  }

  /** An unknown setting may cost it every profile; a reset comes when it comes. */
  function obey(action: string): void {
    if (action === 'ChangeConfiguration' || action === 'ClearChargingProfile') book.forget('all');
    if (action === 'SetChargingProfile') book.unbind();
    if (action !== 'Reset') return;
    heap.at(heap.nowMs() + random.int(0, 20_000), () => reboot(random.int(2000, 60_000), 'asked'));
  }

  function reboot(downMs: number, isAsked?: 'asked'): void {
    if (!powered) return;
    powered = false;
    forgetsAll = spec.forgets === 'at-boot' || (spec.forgets === 'at-reset' && isAsked === 'asked');
    boots += 1;
    busyUntilMs = 0;
    speech.lostPower();
    const lost = connection;
    if (lost !== undefined) {
      const wasOpen = lost.stationOpen;
      lost.stationOpen = false;
      if (wasOpen) goOffline();
      lost.brokenAtMs = Math.min(lost.brokenAtMs, heap.nowMs());
      const isSaid = forgetsAll || random.chance(0.5);
      const noticesMs = isSaid ? random.int(0, 1000) : random.int(0, 90_000);
      heap.at(heap.nowMs() + noticesMs, () => {
        onServer(() => gateway.noticeEnd(lost, 'reset'));
      });
    }
    refreshAll();
    heap.at(heap.nowMs() + downMs, powerUp);
  }

  function setProfile(profile: Flight['profile']): CommandOutcome {
    const evse = (evseOf(profile.evseNumber) ?? evses[0])?.evse;
    const refuses =
      heap.nowMs() < deps.faultsEndMs &&
      profile.purpose === 'tx' &&
      random.chance(spec.rejectFraction);
    if (!refuses) return book.install(profile, evse);
    if (spec.onReject === 'deletes') book.drop(profile);
    if (spec.onReject === 'applies') book.install(profile, evse);
    return { status: spec.refusesWith ?? 'rejected', detail: 'refused' };
  }

  function settleFlight(call: WrittenCall): void {
    const { command } = call.row;
    const flight = flights.get(call);
    flights.delete(call);
    const ofDefaults = defaultsCallOf(command);
    for (const { evse } of evses) {
      if (flight !== undefined && evse.flights.delete(flight)) evse.dirty = true;
      if (ofDefaults !== undefined && evse.defaultsCalls.delete(ofDefaults)) evse.dirty = true;
    }
  }

  function sendOff(call: WrittenCall): void {
    const { command } = call.row;
    const ofDefaults = defaultsCallOf(command);
    if (ofDefaults !== undefined) {
      for (const { evse } of evses) {
        evse.defaultsCalls.add(ofDefaults);
        evse.dirty = true;
      }
    } else if (command.kind === 'set-charging-profile') {
      const flight = { profile: command.profile };
      flights.set(call, flight);
      const evse = evseOf(command.profile.evseNumber)?.evse ?? evses[0]?.evse;
      evse?.flights.add(flight);
      if (evse !== undefined) evse.dirty = true;
    } else return;
    // Whoever lost it or read it late tells nobody: to the engine it is under way as long as any call may be.
    heap.at(heap.nowMs() + FLIGHT_MAX_MS, () => settleFlight(call));
  }

  function mayBeSlow(call: WrittenCall): boolean {
    if (spec.lateCalls === undefined) return true;
    const { command } = call.row;
    if (spec.lateCalls === 'defaults') return defaultsCallOf(command) !== undefined;
    return spec.lateCalls === 'operator' ? command.kind === 'call' : flights.has(call);
  }

  /** When it looks at what has come by now. */
  function readAtMs(): number {
    const { readsEveryMs = 1 } = spec;
    const isRough = heap.nowMs() < deps.faultsEndMs;
    return isRough ? Math.ceil(heap.nowMs() / readsEveryMs) * readsEveryMs : heap.nowMs();
  }

  function receive(call: WrittenCall): void {
    const bootsThen = boots;
    const slow =
      mayBeSlow(call) && heap.nowMs() < deps.faultsEndMs && random.chance(spec.lateFraction);
    const tookMs = slow ? random.int(1000, spec.lateMaxMs ?? LATE_MAX_MS) : random.int(10, 400);
    const fromMs = spec.parallel ? readAtMs() : Math.max(readAtMs(), busyUntilMs);
    if (!spec.parallel) busyUntilMs = fromMs + tookMs;
    const isTooLate = fromMs + tookMs > (writtenAtMs.get(call) ?? 0) + FLIGHT_MAX_MS;
    heap.at(fromMs + tookMs, () => {
      if (boots === bootsThen && powered && !isTooLate) handle(call);
    });
  }

  return {
    spec,
    evses,
    book,
    holds,
    connected: () => connection?.stationOpen === true && connection.serverOpen,
    generation: () => (connection?.stationOpen === true ? connection.generation : undefined),
    start() {
      for (const control of evses) {
        const index = own.indexOf(control.evse.site);
        for (const visit of spec.visits[index] ?? []) {
          heap.at(visit.arriveMs, () => plug(control, visit));
        }
      }
      speech.booted();
      heap.at(heap.nowMs() + random.int(100, 20_000), connect);
    },
    written(call) {
      writtenAtMs.set(call, heap.nowMs());
      sendOff(call);
    },
    receive,
    breakLink(stationNoticesMs, serverNoticesMs, backOffMs) {
      const broken = connection;
      if (broken === undefined || !broken.stationOpen) return;
      broken.brokenAtMs = Math.min(broken.brokenAtMs, heap.nowMs());
      heap.at(heap.nowMs() + stationNoticesMs, () => hangUp(broken, backOffMs));
      heap.at(heap.nowMs() + serverNoticesMs, () => {
        onServer(() => gateway.noticeEnd(broken, 'ping timeout'));
      });
    },
    reboot,
    setClock(nextMs) {
      skewMs = nextMs;
      refreshAll();
    },
    limitByOther(limitA, isAbove) {
      for (const { evse } of evses) {
        if (evse.tx?.id !== undefined)
          book.limitByOther(evse, { limitA, isAbove, nowMs: heap.nowMs() });
      }
      refreshAll();
    },
    disturbMeter(kind) {
      for (const { evse } of evses) {
        if (kind === 'spike') evse.spikes = true;
        else evse.registerBaseWh = evse.registerWh;
      }
    },
    stickMeter(isStuck) {
      for (const control of evses) {
        control.meter();
        control.evse.stuckAt = isStuck ? measured(control.evse) : undefined;
        if (!isStuck) control.evse.unstuckAtMs = heap.nowMs();
      }
    },
    serverGone(noticesMs) {
      const gone = connection;
      if (gone === undefined) return;
      gone.brokenAtMs = Math.min(gone.brokenAtMs, heap.nowMs());
      heap.at(heap.nowMs() + noticesMs, () => hangUp(gone, random.int(500, 20_000)));
    },
  };
}

/** As planned, but for its clock, which may be set. */
function withClock(planned: StationSpec, skewMs: () => number): StationSpec {
  return {
    ...planned,
    get skewMs() {
      return skewMs();
    },
  };
}

function variables16(spec: StationSpec): Readonly<Record<string, string>> {
  return {
    ChargingScheduleAllowedChargingRateUnit: [
      ...(spec.takesAmps ? ['Current'] : []),
      ...(spec.takesWatts ? ['Power'] : []),
    ].join(','),
    ChargeProfileMaxStackLevel: String(spec.stackLevelMax),
    ChargingScheduleMaxPeriods: String(spec.periodsMax ?? 24),
    ...(spec.declaresRoom === true
      ? { MaxChargingProfilesInstalled: String(spec.profilesMax) }
      : {}),
  };
}
