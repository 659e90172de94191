/** What a virtual station says: boot, status, transactions (repeated until answered), samples. */
import type { ChargingProfile } from '../../profiles/charging-profile.js';
import type { EvseStatus, MeterSample, StationEvent } from '../../src/ocpp/messages.js';
import { believedInstant, believedStamp } from '../../src/sessions/believed-instant.js';
import type { PerChannel } from '../../solver/index.js';
import type { EventHeap, Timer } from './event-heap.js';
import type { Connection, Network } from './network.js';
import type { Dice } from './random.js';
import type { StationSpec } from './scenario.js';
import { type EvseControl, phaseCountOf, type SimEvse, type SimTransaction } from './sim-evse.js';
import type { SimGateway } from './sim-gateway.js';
import { wattsPerAmp } from './station-schedule.js';

export interface Speech {
  connected(): void;
  booted(): void;
  lostPower(): void;
  /** Its boot was accepted. */
  readonly isRegistered: () => boolean;
  status(evse: SimEvse, status: EvseStatus): void;
  started(control: EvseControl, tx: SimTransaction): void;
  ended(evse: SimEvse, tx: SimTransaction, reason: string): void;
  /** 2.x: the values of a report, after its request was answered. */
  report(): void;
  /** 2.x: what it holds, in as many parts as there are EVSEs that hold something. */
  profiles(requestId: number, all: readonly ChargingProfile[]): void;
}

export interface SpeechDeps {
  readonly spec: StationSpec;
  readonly evses: readonly EvseControl[];
  readonly heap: EventHeap;
  readonly network: Network;
  readonly gateway: SimGateway;
  readonly random: Dice;
  readonly faultsEndMs: number;
  readonly duplicateFraction: number;
  readonly sampleIntervalMs: number;
  readonly connection: () => Connection | undefined;
}

/** A message that is repeated until it is answered. */
interface Letter {
  readonly event: (receivedAtMs: number) => StationEvent;
  readonly onAnswer?: () => void;
}

const OFFLINE_AFTER_MS = 300_000;
/** Of a sample that tells too much. */
/** Of a vehicle that is charged with direct current. */
const BATTERY_V = 400;
const SPIKE_TIMES = 12;
const SPIKE_WH = 250_000;

export function createSpeech(deps: SpeechDeps): Speech {
  const { spec, evses, heap, network, gateway, random } = deps;
  const letters: Letter[] = [];
  let isBootAccepted = true;
  let retry: Timer | undefined;
  const stationId = spec.id;
  const stamp = (): number => heap.nowMs() + spec.skewMs;

  function duplicates(): boolean {
    return heap.nowMs() < deps.faultsEndMs && random.chance(deps.duplicateFraction);
  }

  /** Once, as it goes. */
  function say(event: (receivedAtMs: number) => StationEvent): void {
    const connection = deps.connection();
    if (connection === undefined || !isBootAccepted) return;
    transmit(connection, event, undefined);
    if (duplicates()) transmit(connection, event, undefined);
  }

  function transmit(
    connection: Connection,
    event: (receivedAtMs: number) => StationEvent,
    answered: (() => void) | undefined,
  ): void {
    const deliver = (): void => {
      if (heap.nowMs() < gateway.pausedUntilMs()) {
        heap.at(gateway.pausedUntilMs(), deliver);
        return;
      }
      const stored = gateway.arrive(connection, event(heap.nowMs()));
      if (stored && answered !== undefined) network.down(connection, answered);
    };
    network.up(connection, deliver);
  }

  /** The first letter, again and again. */
  function post(): void {
    retry?.cancel();
    retry = undefined;
    const connection = deps.connection();
    const [letter] = letters;
    if (connection === undefined || letter === undefined) return;
    const boots = letter === bootLetter;
    if (!boots && !isBootAccepted) return;
    let isAnswered = false;
    transmit(connection, letter.event, () => {
      // Its answer came twice: by now the same letter may be another boot's.
      if (isAnswered || letters[0] !== letter) return;
      isAnswered = true;
      letters.shift();
      letter.onAnswer?.();
      post();
    });
    retry = heap.at(heap.nowMs() + random.int(20_000, 60_000), post);
  }

  function enqueue(event: Letter['event']): void {
    letters.push({ event });
    if (letters.length === 1) post();
  }

  const bootLetter: Letter = {
    event: (receivedAtMs) => ({
      type: 'station.booted',
      stationId,
      receivedAtMs,
      vendor: 'Sim',
      model: spec.offlineTested ? 'tested' : 'untested',
    }),
    onAnswer() {
      isBootAccepted = true;
      for (const { evse } of evses) sayStatus(evse, evse.status ?? 'available');
    },
  };

  function sayStatus(evse: SimEvse, status: EvseStatus): void {
    const atMs = stamp();
    const { evseNumber } = evse.site;
    evse.status = status;
    say((receivedAtMs) => ({
      type: 'evse.status',
      stationId,
      receivedAtMs,
      evseNumber,
      status,
      atMs,
    }));
  }

  function sampleLater(control: EvseControl, tx: SimTransaction): void {
    heap.at(heap.nowMs() + deps.sampleIntervalMs, () => {
      const { evse } = control;
      if (evse.tx !== tx) return;
      control.meter();
      if (deps.connection() !== undefined) saySample(evse, tx);
      sampleLater(control, tx);
    });
  }

  function saySample(evse: SimEvse, tx: SimTransaction): void {
    const sample = sampleOf(evse, stamp());
    const { samplesLateMs } = spec;
    if (samplesLateMs === undefined) return tellSample(evse, tx.id, sample);
    heap.at(heap.nowMs() + samplesLateMs, () => tellSample(evse, tx.id, sample));
  }

  function tellSample(evse: SimEvse, id: string | undefined, sample: MeterSample): void {
    const { evseNumber } = evse.site;
    const tell = spec.repeatsSamples === true ? enqueue : say;
    tell((receivedAtMs) => {
      const samples = [{ ...sample, ...believedStamp(sample.atMs, receivedAtMs) }];
      return spec.version === 'ocpp1.6' || id === undefined
        ? {
            type: 'meter.sampled',
            stationId,
            receivedAtMs,
            evseNumber,
            ...(id === undefined ? {} : { transactionId: id }),
            samples,
          }
        : {
            type: 'transaction.updated',
            stationId,
            receivedAtMs,
            evseNumber,
            transactionId: id,
            samples,
            ...toldAt(sample.atMs, receivedAtMs),
          };
    });
  }

  return {
    connected() {
      post();
      if (isBootAccepted && random.chance(0.5)) {
        for (const { evse } of evses) sayStatus(evse, evse.status ?? 'available');
      }
    },
    booted() {
      isBootAccepted = false;
      if (letters[0] !== bootLetter) letters.unshift(bootLetter);
    },
    lostPower() {
      retry?.cancel();
      retry = undefined;
    },
    isRegistered: () => isBootAccepted,
    status: sayStatus,
    started(control, tx) {
      const { evseNumber } = control.evse.site;
      const stampedAtMs = stamp();
      letters.push({
        event: (receivedAtMs) => ({
          type: 'transaction.started',
          stationId,
          receivedAtMs,
          evseNumber,
          transactionId: tx.fingerprint,
          meterStartWh: tx.meterStartWh,
          ...toldAt(stampedAtMs, receivedAtMs),
        }),
        onAnswer() {
          tx.id = tx.fingerprint;
          control.refresh();
        },
      });
      if (letters.length === 1) post();
      sampleLater(control, tx);
    },
    ended(evse, tx, reason) {
      const { evseNumber } = evse.site;
      const stampedAtMs = stamp();
      const meterStopWh = readWh(evse);
      letters.push({
        event: (receivedAtMs) => ({
          type: 'transaction.ended',
          stationId,
          receivedAtMs,
          evseNumber,
          transactionId: tx.fingerprint,
          meterStopWh,
          reason,
          samples: [],
          ...toldAt(stampedAtMs, receivedAtMs),
        }),
      });
      if (letters.length === 1) post();
      sayStatus(evse, spec.version === 'ocpp1.6' ? 'finishing' : 'occupied');
    },
    report() {
      say((receivedAtMs) => ({
        type: 'station.variables',
        stationId,
        receivedAtMs,
        variables: {
          'SmartChargingCtrlr.RateUnit': [
            ...(spec.takesAmps ? ['A'] : []),
            ...(spec.takesWatts ? ['W'] : []),
          ].join(','),
          'SmartChargingCtrlr.ProfileStackLevel': String(spec.stackLevelMax),
          'SmartChargingCtrlr.PeriodsPerSchedule': String(spec.periodsMax ?? 24),
          ...(spec.declaresRoom === true
            ? { 'SmartChargingCtrlr.Entries[ChargingProfiles].maxLimit': String(spec.profilesMax) }
            : {}),
          ...(spec.phaseToUse === undefined
            ? {}
            : { 'SmartChargingCtrlr.ACPhaseSwitchingSupported': 'true' }),
        },
      }));
    },
    profiles(requestId, all) {
      const places = [...new Set(all.map(({ evseNumber }) => evseNumber))];
      for (const [index, place] of places.entries()) {
        const profiles = all
          .filter(({ evseNumber }) => evseNumber === place)
          .map(({ id, evseNumber, purpose }) => ({ id, evseNumber, purpose }));
        say((receivedAtMs) => ({
          type: 'profiles.reported',
          stationId,
          receivedAtMs,
          requestId,
          profiles,
          isLast: index === places.length - 1,
        }));
      }
    },
  };
}

/** As the door of the gateway makes it of what is stamped: a status alone keeps the instant that was told. */
function toldAt(
  stampedAtMs: number,
  receivedAtMs: number,
): { readonly atMs: number; readonly offline: boolean } {
  const atMs = believedInstant(stampedAtMs, receivedAtMs);
  return { atMs, offline: receivedAtMs - atMs > OFFLINE_AFTER_MS };
}

/** Currents as the station numbers its phases; a delta or single-phase EVSE has one. */
function sampleOf(evse: SimEvse, atMs: number): MeterSample {
  const sample = { ...(evse.stuckAt ?? measured(evse)), atMs, offeredA: evse.pilotA };
  if (evse.spikes !== true) return sample;
  evse.spikes = false;
  return spiked(sample);
}

/** At the start and the end of a transaction. */
export function readWh({ registerWh, registerBaseWh = 0, stuckAt }: SimEvse): number {
  return stuckAt?.energyWh ?? Math.floor(registerWh - registerBaseWh);
}

export function measured(evse: SimEvse): Omit<MeterSample, 'atMs'> {
  const { drawA, spec } = evse;
  const wired = evse.site.channels.filter(Boolean).length;
  const used = phaseCountOf(evse);
  const first = (evse.onePhase ?? 1) - 1;
  const currentA = [0, 1, 2].map((phase) =>
    phase >= wired ? undefined : phase >= first && phase < first + used ? drawA : 0,
  ) as unknown as PerChannel<number | undefined>;
  const powerW = drawA * wattsPerAmp(spec, used);
  const ofBattery = powerW / BATTERY_V;
  return {
    ...(spec.meters === 'currents'
      ? { currentA: spec.dc === undefined ? currentA : [ofBattery, ofBattery, ofBattery] }
      : {}),
    ...(spec.meters === 'energy' ? {} : { powerW }),
    energyWh: registerOf(evse),
  };
}

function registerOf({ registerWh, registerBaseWh = 0, spec: { registerStepWh } }: SimEvse): number {
  return Math.floor((registerWh - registerBaseWh) / registerStepWh) * registerStepWh;
}

/** As a meter tells once that has lost count. */
function spiked({ currentA, powerW, energyWh = 0, ...sample }: MeterSample): MeterSample {
  return {
    ...sample,
    ...(currentA === undefined
      ? {}
      : { currentA: currentA.map(timesMany) as unknown as typeof currentA }),
    ...(powerW === undefined ? {} : { powerW: powerW * SPIKE_TIMES }),
    energyWh: energyWh + SPIKE_WH,
  };
}

function timesMany(currentA: number | undefined): number | undefined {
  return currentA === undefined ? undefined : currentA * SPIKE_TIMES;
}
