/** One EVSE of a virtual station: pilot, contactor, meter register and the vehicle that is plugged in. */
import { channelVoltageV, type SiteFile, type SiteFileEvse, type Triple } from '../site-file.js';
import { type Vehicle, createVehicle } from '../vehicle.js';
import type { PlannedSession } from '../ipc.js';
import type { Random } from '../random.js';
import { pluggedLoad, wiredChannels } from '../wiring.js';
import { type CompositeInput, type EvseHardware, allowedA, compositeAt } from './composite.js';
import type { Profile } from './profile.js';
import { type StationTraits, pilotFor } from './traits.js';

export interface Transaction {
  /** 1.6: unknown until StartTransaction is answered. */
  id: string | undefined;
  /** Tells the transactions of one station apart. */
  readonly localId: number;
  readonly startedAtMs: number;
  readonly meterStartWh: number;
  readonly idToken: string;
  /** 2.0.1: the number of the next TransactionEvent. */
  nextSeqNo: number;
}

export type EvseState =
  | 'available'
  | 'preparing'
  | 'charging'
  | 'suspended-ev'
  | 'suspended-evse'
  | 'finishing';

export interface Sample {
  readonly atMs: number;
  readonly registerWh: number;
  /** One value per phase that the EVSE has, in its own order. */
  readonly currentsA: readonly number[];
  readonly powerW: number;
  readonly offeredA: number;
}

export interface EvseDeps {
  readonly site: Pick<SiteFile, 'supply' | 'voltageLineToNeutralV' | 'voltageLineToLineV'>;
  readonly traits: StationTraits;
  readonly profiles: () => readonly Profile[];
  /** The draw of this EVSE per channel of the site, in time order. */
  readonly onStep: (atMs: number, currentsA: Triple<number>) => void;
}

export interface Evse {
  readonly number: number;
  readonly hardware: EvseHardware;
  plug(session: PlannedSession, atMs: number, random: Random): void;
  unplug(atMs: number): void;
  begin(transaction: Transaction): void;
  /** Opens the contactor and forgets the transaction. */
  end(atMs: number): void;
  /** Profiles or transaction changed at `atMs`, up to which it has been advanced. */
  refresh(atMs: number): void;
  advanceTo(toMs: number): void;
  nextChangeAtMs(): number;
  compositeInput(): CompositeInput;
  transaction(): Transaction | undefined;
  vehicle(): Vehicle | undefined;
  state(): EvseState;
  sample(atMs: number): Sample;
}

export function createEvse(spec: SiteFileEvse, deps: EvseDeps): Evse {
  const channels = wiredChannels(spec);
  const voltageV = channelVoltageV(deps.site);
  const hardware = { currentMaxA: spec.currentMaxA, phaseCount: channels.length, voltageV };
  let vehicle: Vehicle | undefined;
  let phasesUsed = channels.length;
  let transaction: Transaction | undefined;
  let hadTransaction = false;
  let pilotA = 0;
  let pilotUntilMs = Number.POSITIVE_INFINITY;
  let registerBeforeWh = 0;

  const step = (atMs: number, currentA: number): void => {
    const currentsA: [number, number, number] = [0, 0, 0];
    for (const channel of channels.slice(0, phasesUsed)) currentsA[channel] = currentA;
    deps.onStep(atMs, currentsA);
  };
  const compositeInput = (): CompositeInput => ({
    profiles: deps.profiles(),
    evseNumber: spec.evseNumber,
    ownDefaultReplaces: deps.traits.version === 'ocpp1.6',
    ...(transaction === undefined ? {} : { transaction }),
  });
  const refresh = (atMs: number): void => {
    if (transaction === undefined) return;
    const composite = compositeAt(compositeInput(), atMs);
    pilotUntilMs = composite.untilMs;
    const nextA = pilotFor(allowedA(composite, hardware), spec.pilots, {
      currentMaxA: spec.currentMaxA,
      rounding: deps.traits.rounding,
    });
    if (nextA !== pilotA) vehicle?.setPilot(atMs, nextA);
    pilotA = nextA;
  };
  const advanceTo = (toMs: number): void => {
    for (let atMs = pilotUntilMs; atMs <= toMs; atMs = pilotUntilMs) {
      vehicle?.advanceTo(atMs);
      refresh(atMs);
    }
    vehicle?.advanceTo(toMs);
  };
  const openContactor = (atMs: number): void => {
    advanceTo(atMs);
    vehicle?.disconnect(atMs);
    hadTransaction ||= transaction !== undefined;
    transaction = undefined;
    pilotA = 0;
    pilotUntilMs = Number.POSITIVE_INFINITY;
  };

  return {
    number: spec.evseNumber,
    hardware,
    refresh,
    advanceTo,
    compositeInput,
    end: openContactor,
    transaction: () => transaction,
    vehicle: () => vehicle,
    plug(session, atMs, random) {
      const load = pluggedLoad(deps.site, spec, session);
      phasesUsed = load.channels.length;
      hadTransaction = false;
      const { energyWh, taper = false } = session;
      vehicle = createVehicle(
        {
          energyWh,
          maxA: load.maxA,
          phaseCount: phasesUsed,
          voltageV,
          taper,
          random,
          onStep: step,
        },
        atMs,
      );
    },
    unplug(atMs) {
      openContactor(atMs);
      registerBeforeWh += vehicle?.deliveredWh() ?? 0;
      vehicle = undefined;
    },
    begin(started) {
      transaction = started;
      refresh(started.startedAtMs);
    },
    nextChangeAtMs: () =>
      Math.min(pilotUntilMs, vehicle?.nextChangeAtMs() ?? Number.POSITIVE_INFINITY),
    state() {
      if (vehicle === undefined) return 'available';
      if (transaction === undefined) return hadTransaction ? 'finishing' : 'preparing';
      if (vehicle.isFull()) return 'suspended-ev';
      return pilotA > 0 ? 'charging' : 'suspended-evse';
    },
    sample(atMs) {
      const currentA = vehicle?.currentA() ?? 0;
      return {
        atMs,
        registerWh: registerBeforeWh + (vehicle?.deliveredWh() ?? 0),
        currentsA: channels.map((_, index) => (index < phasesUsed ? currentA : 0)),
        powerW: currentA * phasesUsed * voltageV,
        offeredA: pilotA,
      };
    },
  };
}
