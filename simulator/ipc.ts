/**
 * What the launcher and the virtual site tell each other over Node's IPC channel. Secrets come this
 * way only: never in argv, never on disk. Instants are epoch ms of site time unless the name says
 * real.
 */
import type { FaultCounts, FaultPlan } from './faults.js';
import type { SiteFile, SiteFileVersion } from './site-file.js';

/** Site time = originSiteMs + (Date.now() - originRealMs) * speed, in every process alike. */
export interface SiteClockOrigin {
  readonly originSiteMs: number;
  readonly originRealMs: number;
  /** Site seconds per real second. */
  readonly speed: number;
}

export interface StationSecret {
  readonly stationId: string;
  /** The password of HTTP Basic authentication. */
  readonly secret: string;
  /** Overrides the site file. */
  readonly version?: SiteFileVersion;
}

/** One vehicle's visit. Its battery takes what `maxPowerW` or `maxA` and `phases` allow. */
export interface PlannedSession {
  readonly sessionId: string;
  readonly stationId: string;
  readonly evseNumber: number;
  readonly arrivalAtMs: number;
  readonly departureAtMs: number;
  /** What the battery can take in until it is full, Wh. */
  readonly energyWh: number;
  /** The vehicle's greatest power over all the phases that it uses, W. */
  readonly maxPowerW?: number;
  /** The vehicle's greatest current per phase, A. */
  readonly maxA?: number;
  /** Phases that the vehicle's charger uses, 1..3; absent: all that the EVSE has. */
  readonly phases?: number;
  /** True: takes less and less in the last fifth of its energy. */
  readonly taper?: boolean;
  /** What the driver claims where it differs from the truth. */
  readonly claimedEnergyWh?: number;
  readonly claimedDepartureAtMs?: number;
}

export interface StartMessage {
  readonly type: 'start';
  /** Base of the stations' URLs: the station id is appended. */
  readonly ocppUrl: string;
  readonly apiUrl: string;
  readonly apiKey: string;
  /** The site's id at the CPMS, for meter samples. */
  readonly siteId: string;
  readonly site: SiteFile;
  readonly stations: readonly StationSecret[];
  readonly clock: SiteClockOrigin;
  readonly sessions: readonly PlannedSession[];
  /**
   * When a station serves its first vehicle: as soon as its boot was accepted, or once the CPMS has
   * installed a limit. Whoever commissions a site opens it when every station obeys.
   */
  readonly servesFrom: 'boot' | 'first-limit';
  readonly seed: number;
  /** Drivers tell the CPMS what they need. */
  readonly claims: boolean;
  /** The building draws a slow wave below baseLoadMaxA and its meter reports it. */
  readonly buildingLoad: boolean;
  /** Stations go by the number of phases that they are told, and say so; absent: they use all. */
  readonly switchesPhases?: true;
  /** Real ms that stations wait for an answer; absent: 30 s. */
  readonly callTimeoutMs?: number;
  /** What is wrong from `begin-faults` on; absent: nothing. */
  readonly faults?: FaultPlan;
  /** Site time at which the run ends by itself; absent: runs until `stop`. */
  readonly untilSiteMs?: number;
}

export interface StopMessage {
  readonly type: 'stop';
}

/** The limit on total import changed: an order or the owner. Absent limit: lifted. */
export interface LimitMessage {
  readonly type: 'limit';
  readonly atMs: number;
  readonly importLimitW?: number;
}

/** Stations are commissioned in peace: the faults of the run begin now. */
export interface BeginFaultsMessage {
  readonly type: 'begin-faults';
}

export type LauncherMessage = StartMessage | StopMessage | LimitMessage | BeginFaultsMessage;

/** The virtual site listens, its stations are connecting. */
export interface ReadyMessage {
  readonly type: 'ready';
  /** Sessions that were not played, with the reason. */
  readonly ignoredSessions: readonly { readonly sessionId: string; readonly reason: string }[];
}

/** Once per real second. */
export interface ProgressMessage {
  readonly type: 'progress';
  readonly siteMs: number;
  readonly stationsBooted: number;
  readonly sessionsPlugged: number;
  readonly sessionsCharging: number;
  /** Sessions that have not arrived yet. */
  readonly sessionsAhead: number;
  readonly drawW: number;
  readonly deliveredWh: number;
  readonly overLimitAmpSeconds: number;
  readonly worstPhaseFraction: number;
}

export interface SessionResult {
  readonly sessionId: string;
  readonly evseId: string;
  readonly requestedWh: number;
  readonly deliveredWh: number;
  /** False: no transaction ever started. */
  readonly started: boolean;
  readonly claimed: boolean;
}

export interface SimulationResult {
  readonly stations: number;
  readonly sessions: number;
  readonly sessionResults: readonly SessionResult[];
  readonly simulatedMs: number;
  readonly requestedWh: number;
  readonly deliveredWh: number;
  /** The most that any controller could have delivered; null when the bound took over 60 s. */
  readonly feasibleWh: number | null;
  /** Against the physical ratings, every circuit and conductor, simulated seconds. */
  readonly overLimitAmpSeconds: number;
  /** Against orders from their receipt + 33 s, per phase of a balanced excess. */
  readonly overOrderAmpSeconds: number;
  /** Greatest load / rating of any conductor at any time. */
  readonly worstPhaseFraction: number;
  /** Where and when it was. */
  readonly worstConductor?: {
    readonly circuitId: string;
    readonly conductor: string;
    readonly atMs: number;
  };
  readonly claimsMade: number;
  readonly claimsFailed: number;
  readonly profilesAccepted: number;
  readonly profilesRejected: number;
  readonly faultCounts: Readonly<FaultCounts>;
  /** Real milliseconds by which the event loop was late at worst. */
  readonly stallMaxMs: number;
}

export interface ResultMessage {
  readonly type: 'result';
  readonly result: SimulationResult;
}

/** The run cannot go on; the process ends. */
export interface FailedMessage {
  readonly type: 'failed';
  readonly message: string;
}

export type SimulatorMessage = ReadyMessage | ProgressMessage | ResultMessage | FailedMessage;
