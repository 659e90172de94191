/** What the two protocol versions have to offer to the station behind them, and it to them. */
import type { Evse, EvseState, Sample, Transaction } from './evse.js';
import type { Answer } from './out-queue.js';
import type { ClearFilter, Refusal } from './profile-store.js';
import type { SchedulePeriod } from './composite-schedule.js';
import type { Profile, RateUnit } from './profile.js';
import type { StationTraits } from './traits.js';

export interface Call {
  readonly action: string;
  readonly payload: object;
}

/**
 * A call whose content is fixed when it is first sent; undefined: there is nothing to send any
 * more.
 */
export interface LateCall {
  readonly action: string;
  readonly build: () => object | undefined;
}

export type StopReason = 'EVDisconnected' | 'Remote' | 'DeAuthorized' | 'Reset';

export interface TransactionMoment {
  readonly evse: Evse;
  readonly transaction: Transaction;
  readonly sample: Sample;
  readonly state: EvseState;
  /** True when the station had no link then. */
  readonly offline: boolean;
}

/** Messages of one protocol version. */
export interface Dialect {
  readonly boot: (reason: 'PowerUp' | 'RemoteReset') => Call;
  readonly status: (evseNumber: number, state: EvseState, atMs: number) => Call;
  readonly authorize: (idToken: string) => Call;
  readonly isAccepted: (answer: Answer) => boolean;
  readonly started: (moment: TransactionMoment) => LateCall;
  /** Takes what the answer to `started` brings; false: the CPMS does not accept the token. */
  readonly startAnswered: (transaction: Transaction, answer: Answer) => boolean;
  readonly sampled: (moment: TransactionMoment, measurands: readonly string[]) => LateCall;
  /** 2.0.1 tells a changed charging state as a transaction event, 1.6 by StatusNotification. */
  readonly stateChanged: ((moment: TransactionMoment) => LateCall) | undefined;
  readonly stopped: (moment: TransactionMoment, reason: StopReason) => LateCall;
  /** A reading outside transactions. */
  readonly idleSampled: (evse: Evse, sample: Sample) => Call;
  readonly handlers: (port: StationPort) => Readonly<Record<string, Handler>>;
}

export type Handler = (params: Readonly<Record<string, unknown>>) => object;

export type Triggered = 'boot' | 'heartbeat' | 'status' | 'meter';

/** What a command of the CPMS can do to the station. Instants are site time. */
export interface StationPort {
  readonly id: string;
  readonly traits: StationTraits;
  readonly evses: readonly Evse[];
  nowMs(): number;
  install(profile: Profile): Refusal | undefined;
  clear(filter: ClearFilter): number;
  profiles(): readonly Profile[];
  /** Undefined for an EVSE or unit that it does not have. */
  schedule(
    evseNumber: number,
    durationSec: number,
    unit: RateUnit | undefined,
  ): ScheduleAnswer | undefined;
  /** Without a number, the first EVSE where a vehicle waits. False: none waits there. */
  remoteStart(
    evseNumber: number | undefined,
    idToken: string,
    profileFor: (evseNumber: number) => Profile | undefined,
  ): boolean;
  remoteStop(transactionId: string): boolean;
  trigger(what: Triggered, evseNumber: number | undefined): void;
  reset(): void;
  /** Settings that the CPMS may change, by name. */
  readonly settings: StationSettings;
  changeSetting<Name extends keyof StationSettings>(name: Name, value: StationSettings[Name]): void;
  /** Queues a report after the answer has left. */
  send(call: Call): void;
}

export interface StationSettings {
  readonly heartbeatSec: number;
  readonly sampleSec: number;
  /** Clock-aligned readings between transactions; 0: none. */
  readonly alignedSec: number;
  /** What the readings during a transaction hold. */
  readonly measurands: readonly string[];
}

/** Everything that the virtual meters measure. */
export const MEASURANDS: readonly string[] = [
  'Energy.Active.Import.Register',
  'Current.Import',
  'Power.Active.Import',
  'Current.Offered',
];

/** Defaults until the CPMS configures something else, site seconds. */
export const SETTINGS: StationSettings = {
  heartbeatSec: 300,
  sampleSec: 60,
  alignedSec: 0,
  measurands: MEASURANDS,
};

/** The measurands of a comma-separated list; undefined when one of them is not measured here. */
export function measurandsFrom(text: string): readonly string[] | undefined {
  const measurands = text.split(',').map((name) => name.trim());
  return measurands.every((name) => MEASURANDS.includes(name)) ? measurands : undefined;
}

export interface ScheduleAnswer {
  readonly fromMs: number;
  readonly unit: RateUnit;
  readonly periods: readonly SchedulePeriod[];
}

export const iso = (atMs: number): string => new Date(atMs).toISOString();

/** Vendor, model and firmware that the virtual stations give. */
export const IDENTITY = { vendor: 'Busbar Simulator', firmware: '1.0.0' } as const;

export const modelOf = (traits: StationTraits): string =>
  `SIM-${traits.version === 'ocpp1.6' ? '16' : '201'}${traits.units.includes('A') ? '' : 'W'}`;

/** The same in both versions. */
export const HEARTBEAT: Call = { action: 'Heartbeat', payload: {} };
