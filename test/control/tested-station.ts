/** A station with a vehicle whose draw follows its profiles, or does not: for tests of the test. */
import type { ChargingProfile, CompositeSchedule } from '../../profiles/index.js';
import { worstCaseAt } from '../../ledger/index.js';
import { amps, type CircuitLimit, evseId, stationId } from '../../solver/index.js';
import { initialState } from '../../src/control/initial-state.js';
import type {
  SmartChargingTest,
  TestPart,
} from '../../src/control/smart-charging-test/test-record.js';
import type { PendingCommand } from '../../src/control/state.js';
import type { CommandOutcome } from '../../src/ocpp/messages.js';
import type { Site } from '../../src/sites/site.js';
import { feed, openScript, type Script, wait } from './ideal-station.js';
import { eachPhase, smallSite, START_MS } from './small-site.js';
import { type Voice, voiceOf } from './station-events.js';

const EVSE = evseId('S1:1');
const VOLTAGE_V = 230;
const LEVEL_MAX = 8;

export interface Nature {
  /** What it draws at this limit, A; absent: what it may, up to 32 A. */
  readonly draw?: (limitA: number) => number;
  /** From an accepted profile to its draw, s. */
  readonly lagSec?: number;
  readonly units?: string;
  /** Declared beside the usual. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Told to use one phase it does; `keeps-one`: and never goes back; absent: it takes no notice. */
  readonly phases?: 'switches' | 'keeps-one';
  /** The phase of its own that it uses as the one; absent: its first. */
  readonly onePhase?: 1 | 2 | 3;
  /** As the one it uses the phase that it is told to use; `silent`: its schedule does not name it. */
  readonly phaseToUse?: 'used' | 'silent';
  /** Absent: 1.6. */
  readonly version?: 'ocpp2.0.1';
  /** Its composite schedule says nothing of phases, or three whatever it does. */
  readonly phasesShown?: 'none' | 'three';
  /** Its meter has one value for all phases. */
  readonly oneCurrent?: true;
  /** Its vehicle charges on one phase. */
  readonly vehiclePhases?: 1;
  /** Another answer to a command than that of a station that obeys. */
  readonly reply?: (pending: PendingCommand) => CommandOutcome | 'silent' | undefined;
  /** It does not send its meter when asked. */
  readonly mute?: true;
  /** A profile of another stack level does not replace the one of its id. */
  readonly keepsLevels?: true;
  /** It takes the number of a watt limit for amperes. */
  readonly confusesUnits?: true;
  /** Without a link it draws all it can, or goes on as it was. */
  readonly offline?: 'unlimited' | 'frozen';
  /** What it measured without a link is not sent later. */
  readonly samplesLost?: true;
  /** A boot empties its profiles. */
  readonly forgets?: true;
  readonly site?: Site;
}

export interface TestedStation {
  readonly script: Script;
  readonly s1: Voice;
  readonly profiles: Map<number, ChargingProfile>;
  /** A second passes, and again: `untilSec` at the most, or until `isOver`. */
  run(untilSec: number, isOver?: () => boolean): void;
  ask(parts?: readonly TestPart[]): void;
  /** The newest as its row has it. */
  test(): SmartChargingTest;
  /** Where it may draw more by its profiles than the ledger counts: never. */
  readonly beyond: string[];
  /** Measured now, and told or queued. */
  sample(): void;
  /** No sample of its own from now on. */
  silence(): void;
  /** Its transaction ends. */
  end(): void;
  /** The rating of the site is this from now on, A. */
  cutTo(limitA: number): void;
  unplug(): void;
  plug(more?: { readonly boots?: string }): void;
}

export function openTested(nature: Nature = {}): TestedStation {
  const site = nature.site ?? smallSite();
  const script = openScript(initialState(site, 1, START_MS), START_MS);
  const s1 = voiceOf('S1', script);
  const profiles = new Map<number, ChargingProfile>();
  const { lagSec = 4, draw = (limitA: number) => Math.min(limitA, 32) } = nature;
  let followed: { atMs: number; limitA: number }[] = [];
  let drawnA = 0;
  let energyWh = 0;
  let asked = 0;
  let meterAsked = false;
  let isSilent = false;
  let isLinked = true;
  let isOnOne = false;
  let onePhase: number = nature.onePhase ?? 1;
  let frozenA: number | undefined;
  let generation = 1;
  const kept: (() => void)[] = [];
  const beyond: string[] = [];

  function keyOf({ id, stackLevel }: ChargingProfile): number {
    return nature.keepsLevels ? id + stackLevel / 100 : id;
  }

  function removed(id: number): boolean {
    const keys = [...profiles.keys()].filter((key) => Math.floor(key) === id);
    for (const key of keys) profiles.delete(key);
    return keys.length > 0;
  }

  function leadOf(): ChargingProfile | undefined {
    const transactionId = script.state.evses.get(EVSE)?.transactionId ?? 'none';
    const all = [...profiles.values()];
    const tx = all
      .filter((it) => it.purpose === 'tx' && it.transactionId === transactionId)
      .toSorted((a, b) => b.stackLevel - a.stackLevel)[0];
    return tx ?? all.find((it) => it.purpose === 'tx-default');
  }

  function beginOf(lead: ChargingProfile | undefined): number {
    return lead?.kind === 'relative' ? START_MS : (lead?.startAtMs ?? 0);
  }

  function periodAt(atMs: number): ChargingProfile['periods'][number] | undefined {
    const lead = leadOf();
    return lead?.periods.findLast((it) => beginOf(lead) + it.startSec * 1000 <= atMs);
  }

  function current(atMs: number): number {
    const lead = leadOf();
    const period = periodAt(atMs);
    const limit = period?.limit ?? 32;
    return lead?.unit === 'W' && !nature.confusesUnits ? limit / VOLTAGE_V / 3 : limit;
  }

  function composite(durationSec: number): CompositeSchedule {
    const startAtMs = script.nowMs;
    const lead = leadOf();
    const begins = (lead?.periods ?? []).map((it) =>
      Math.ceil((beginOf(lead) + it.startSec * 1000 - startAtMs) / 1000),
    );
    const periods: ChargingProfile['periods'][number][] = [];
    for (const startSec of [0, ...begins.filter((it) => it > 0 && it < durationSec)]) {
      const limit = current(startAtMs + startSec * 1000);
      const { numberPhases: told, phaseToUse } = periodAt(startAtMs + startSec * 1000) ?? {};
      const numberPhases = nature.phasesShown === 'three' ? 3 : told;
      const named = nature.phaseToUse === 'used' && phaseToUse !== undefined ? { phaseToUse } : {};
      const phases =
        numberPhases === undefined || nature.phasesShown === 'none'
          ? {}
          : { numberPhases, ...named };
      if (limit !== periods.at(-1)?.limit) periods.push({ startSec, limit, ...phases });
    }
    return { evseNumber: 1, startAtMs, durationSec, unit: 'A', periods };
  }

  script.reply = (pending) => {
    const given = nature.reply?.(pending);
    const { command } = pending;
    if (given !== undefined) return given;
    switch (command.kind) {
      case 'set-charging-profile':
        profiles.set(keyOf(command.profile), command.profile);
        return { status: 'accepted' };
      case 'clear-charging-profile':
        if (command.profileId === undefined) return { status: 'accepted', matched: false };
        return { status: 'accepted', matched: removed(command.profileId) };
      case 'get-composite-schedule':
        return { status: 'accepted', schedule: composite(command.durationSec) };
      case 'trigger-message':
        meterAsked = true;
        return nature.mute
          ? { status: 'not-supported', detail: 'unknown' }
          : { status: 'accepted' };
      case 'read-variables':
        return {
          status: 'accepted',
          variables: {
            ChargeProfileMaxStackLevel: String(LEVEL_MAX),
            ChargingScheduleAllowedChargingRateUnit: nature.units ?? 'Current,Power',
            ChargingScheduleMaxPeriods: '24',
            ...nature.variables,
          },
        };
      default:
        return { status: 'accepted' };
    }
  };

  function passSecond(): void {
    script.nowMs += 1000;
    energyWh += (drawnA * VOLTAGE_V * 3) / 3600;
    const limitA = Math.min(frozenA ?? current(script.nowMs), 32);
    const ledger = script.state.evses.get(EVSE)?.ledger;
    const worstA =
      ledger === undefined ? 0 : worstCaseAt(ledger, script.nowMs, script.state.site.settings);
    if (frozenA === undefined && limitA > worstA) beyond.push(`${limitA} A where W is ${worstA} A`);
    if (followed.at(-1)?.limitA !== limitA) followed.push({ atMs: script.nowMs, limitA });
    const due = followed.filter((it) => it.atMs + lagSec * 1000 <= script.nowMs).at(-1);
    if (due !== undefined && script.state.evses.get(EVSE)?.transactionId !== undefined) {
      drawnA = draw(due.limitA);
      followed = followed.slice(followed.indexOf(due));
    }
    const told = periodAt(script.nowMs);
    const isToldOne = told?.numberPhases === 1;
    if (isToldOne && nature.phaseToUse !== undefined) onePhase = told.phaseToUse ?? 1;
    if (nature.phases !== undefined) {
      isOnOne = isToldOne || (isOnOne && nature.phases === 'keeps-one');
    }
  }

  function measure() {
    const used = isOnOne || nature.vehiclePhases === 1 ? [onePhase] : [1, 2, 3];
    const on = (phase: number) => (used.includes(phase) ? drawnA : 0);
    const others = nature.oneCurrent ? [undefined, undefined] : [on(2), on(3)];
    const currentA = [on(1), others[0], others[1]] as const;
    return { atMs: script.nowMs, currentA, powerW: drawnA * 3 * VOLTAGE_V, energyWh };
  }

  const station: TestedStation = {
    script,
    s1,
    profiles,
    run(untilSec, isOver = () => false) {
      for (let second = 0; second < untilSec && !isOver(); second += 1) {
        passSecond();
        if (isLinked && (script.nextWakeAtMs ?? Infinity) <= script.nowMs) feed(script);
        const isAsked: boolean = meterAsked && nature.mute !== true;
        if (isAsked || (!isSilent && script.nowMs % 60_000 < 1000)) station.sample();
        meterAsked = false;
      }
    },
    ask(parts = ['online']) {
      asked += 1;
      feed(script, {
        type: 'test.asked',
        number: asked,
        stationId: stationId('S1'),
        parts,
        actor: 'ada',
      });
    },
    test() {
      const all = script.effects.flatMap((it) => (it.type === 'test' ? [it.test] : []));
      const newest = all.findLast((it) => it.number === asked);
      if (newest === undefined) throw new Error(`no test ${asked}`);
      return newest;
    },
    beyond,
    silence() {
      isSilent = true;
    },
    end() {
      drawnA = 0;
      profiles.delete(2001);
      feed(script, s1.ended('t1', { meterStopWh: energyWh }));
    },
    unplug() {
      isLinked = false;
      const { offline } = nature;
      if (offline !== undefined) frozenA = offline === 'frozen' ? current(script.nowMs) : 32;
      feed(script, s1.disconnected(generation));
    },
    plug({ boots } = {}) {
      isLinked = true;
      frozenA = undefined;
      generation += 1;
      if (boots !== undefined) {
        for (const [key, { purpose }] of profiles) {
          if (nature.forgets || purpose === 'tx') profiles.delete(key);
        }
      }
      feed(script, s1.connected(generation));
      if (boots !== undefined) feed(script, s1.booted({ firmware: '1.0', reason: boots }));
      const queued = kept.splice(0);
      for (const tell of queued) tell();
    },
    cutTo(limitA) {
      const { site: before } = script.state;
      const circuits = before.circuits.map((it) => ({
        ...it,
        limits: [{ ...it.limits[0], kind: 'wye', limitA: eachPhase(amps(limitA)) } as CircuitLimit],
      }));
      const site = { ...before, circuits, version: before.version + 1 };
      feed(script, { type: 'site.edited', site, actor: 'ada' });
    },
    sample() {
      const sample = measure();
      const tell = () => feed(script, s1.sampled([sample], { transactionId: 't1' }));
      if (isLinked) tell();
      else if (nature.samplesLost !== true) kept.push(tell);
    },
  };
  const { version = 'ocpp1.6' } = nature;
  feed(script, { ...s1.connected(), version }, s1.booted({ firmware: '1.0' }));
  // Of 2.x all that it holds is asked for, and waited for.
  wait(script, version === 'ocpp1.6' ? 60_000 : 180_000);
  feed(script, s1.status('preparing'), s1.started('t1', { meterStartWh: 0 }));
  station.run(90);
  return station;
}
