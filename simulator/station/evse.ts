/**
 * One EVSE of a virtual station: pilot, contactor, meter register and the vehicle that is plugged
 * in.
 */
import { channelVoltageV, type SiteFile, type SiteFileEvse, type Triple } from '../site-file.js';
import { type Vehicle, createVehicle } from '../vehicle.js';
import type { PlannedSession } from '../ipc.js';
import type { Random } from '../random.js';
import { pluggedLoad, wiredChannels } from '../wiring.js';
import {
  type CompositeInput,
  type EvseHardware,
  allowedA,
  compositeAt,
  onePhaseOf,
} from './composite.js';
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
  /** Since when it has no link; undefined: it has one. */
  readonly linkLost?: () => CompositeInput['linkLost'];
  /** What a vehicle is really offered, of the limit; 1 unless the station is a liar. */
  readonly offeredFraction?: number;
  /** The draw of this EVSE per channel of the site, in time order. */
  readonly onStep: (atMs: number, currentsA: Triple<number>) => void;
}

export class Evse {
  readonly number: number;
  readonly hardware: EvseHardware;
  readonly #channels: readonly number[];
  #vehicle: Vehicle | undefined;
  #phasesUsed: number;
  #transaction: Transaction | undefined;
  #hadTransaction = false;
  #pilotA = 0;
  /** The phase that it closes alone, from 0; and the one that its vehicle draws on. */
  #onlyPhase: number | undefined;
  #drawnOn: number | undefined;
  #pilotUntilMs = Number.POSITIVE_INFINITY;
  #registerBeforeWh = 0;

  constructor(
    readonly spec: SiteFileEvse,
    readonly deps: EvseDeps,
  ) {
    this.number = spec.evseNumber;
    this.#channels = wiredChannels(spec);
    this.#phasesUsed = this.#channels.length;
    this.hardware = {
      currentMaxA: spec.currentMaxA,
      phaseCount: this.#channels.length,
      voltageV: channelVoltageV(deps.site),
    };
  }

  plug(session: PlannedSession, atMs: number, random: Random): Vehicle {
    const { channels, maxA, voltageV } = pluggedLoad(this.deps.site, this.spec, session);
    this.#phasesUsed = channels.length;
    this.#hadTransaction = false;
    const { energyWh, taper = false } = session;
    const onStep = (stepAtMs: number, currentA: number, onlyPhase: number | undefined): void =>
      this.#step(stepAtMs, currentA, onlyPhase);
    this.#vehicle = createVehicle(
      { energyWh, maxA, phaseCount: channels.length, voltageV, taper, random, onStep },
      atMs,
    );
    return this.#vehicle;
  }

  unplug(atMs: number): void {
    this.end(atMs);
    this.#registerBeforeWh += this.#vehicle?.deliveredWh() ?? 0;
    this.#vehicle = undefined;
  }

  begin(transaction: Transaction): void {
    this.#transaction = transaction;
    this.refresh(transaction.startedAtMs);
  }

  /** Opens the contactor and forgets the transaction. */
  end(atMs: number): void {
    this.advanceTo(atMs);
    this.#vehicle?.disconnect(atMs);
    this.#hadTransaction ||= this.#transaction !== undefined;
    this.#transaction = undefined;
    this.#pilotA = 0;
    this.#onlyPhase = undefined;
    this.#pilotUntilMs = Number.POSITIVE_INFINITY;
  }

  /** Profiles or transaction changed at `atMs`, up to which it has been advanced. */
  refresh(atMs: number): void {
    if (this.#transaction === undefined) return;
    const composite = compositeAt(this.compositeInput(), atMs);
    this.#pilotUntilMs = composite.untilMs;
    const isIgnored = this.deps.traits.ignoresLimits?.() === true;
    const limitA = isIgnored ? this.spec.currentMaxA : allowedA(composite, this.hardware);
    const nextA = pilotFor(limitA, this.spec.pilots, {
      currentMaxA: this.spec.currentMaxA,
      rounding: this.deps.traits.rounding,
    });
    const { offeredFraction = 1 } = this.deps;
    const { switchesPhases } = this.deps.traits;
    const isWhole = this.#channels.length === 3;
    const onlyPhase = isWhole ? onePhaseOf(composite, switchesPhases) : undefined;
    if (nextA !== this.#pilotA || onlyPhase !== this.#onlyPhase) {
      this.#vehicle?.setPilot(atMs, nextA * offeredFraction, onlyPhase);
    }
    this.#pilotA = nextA;
    this.#onlyPhase = onlyPhase;
  }

  /** Every boundary of the profiles up to `toMs` takes effect at its own instant. */
  advanceTo(toMs: number): void {
    for (let atMs = this.#pilotUntilMs; atMs <= toMs; atMs = this.#pilotUntilMs) {
      this.#vehicle?.advanceTo(atMs);
      this.refresh(atMs);
    }
    this.#vehicle?.advanceTo(toMs);
  }

  nextChangeAtMs(): number {
    const vehicleAtMs = this.#vehicle?.nextChangeAtMs() ?? Number.POSITIVE_INFINITY;
    return Math.min(this.#pilotUntilMs, vehicleAtMs);
  }

  compositeInput(): CompositeInput {
    const linkLost = this.deps.linkLost?.();
    return {
      ...(linkLost === undefined ? {} : { linkLost }),
      profiles: this.deps.profiles(),
      evseNumber: this.number,
      ownDefaultReplaces: this.deps.traits.version === 'ocpp1.6',
      ...(this.#transaction === undefined ? {} : { transaction: this.#transaction }),
    };
  }

  transaction(): Transaction | undefined {
    return this.#transaction;
  }

  vehicle(): Vehicle | undefined {
    return this.#vehicle;
  }

  state(): EvseState {
    if (this.#vehicle === undefined) return 'available';
    if (this.#transaction === undefined) return this.#hadTransaction ? 'finishing' : 'preparing';
    if (this.#vehicle.isFull()) return 'suspended-ev';
    return this.#pilotA > 0 ? 'charging' : 'suspended-evse';
  }

  sample(atMs: number): Sample {
    const currentA = this.#vehicle?.currentA() ?? 0;
    const only = this.#drawnOn;
    const isUsed = (index: number): boolean =>
      only === undefined ? index < this.#phasesUsed : index === only;
    const usedCount = only === undefined ? this.#phasesUsed : 1;
    return {
      atMs,
      registerWh: this.#registerBeforeWh + (this.#vehicle?.deliveredWh() ?? 0),
      currentsA: this.#channels.map((_, index) => (isUsed(index) ? currentA : 0)),
      powerW: currentA * usedCount * this.hardware.voltageV,
      offeredA: this.#pilotA,
    };
  }

  #step(atMs: number, currentA: number, onlyPhase: number | undefined): void {
    const currentsA: [number, number, number] = [0, 0, 0];
    this.#drawnOn = onlyPhase;
    const used =
      onlyPhase === undefined
        ? this.#channels.slice(0, this.#phasesUsed)
        : this.#channels.slice(onlyPhase, onlyPhase + 1);
    for (const channel of used) currentsA[channel] = currentA;
    this.deps.onStep(atMs, currentsA);
  }
}
