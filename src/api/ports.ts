/** What the HTTP API asks of the running service. */
import type {
  BoundBy,
  CircuitId,
  Conductor,
  EvseId,
  NotGuaranteedCause,
  SessionId,
  SiteId,
  StationId,
} from '../../solver/index.js';
import type { Verdict } from '../control/operator-command.js';
import type { TestAsk, TestVerdict } from '../control/smart-charging-test/ask.js';
import type { SiteEvent, SiteState, StationState } from '../control/state.js';
import type { EvseStatus, StationCommand } from '../ocpp/messages.js';
import type { SessionPhase } from '../sessions/session.js';
import type { Site } from '../sites/site.js';

/** One EVSE on the Live page. */
export interface LiveEvse {
  readonly evseId: EvseId;
  readonly stationId: StationId;
  readonly online: boolean;
  readonly status?: EvseStatus;
  readonly sessionId?: SessionId;
  readonly phase?: SessionPhase;
  readonly limitA: number;
  readonly goalA: number;
  /** The largest phase at the last meter sample; no more than W when that is older than a cut. */
  readonly drawnA: number;
  readonly powerW: number;
  /** `limitA` on the phases that the vehicle uses, or on all while it draws nothing. */
  readonly limitW: number;
  /** W now, A per channel: the most that it may draw if every message from now on is lost. */
  readonly worstCaseA: number;
  readonly energyWh?: number;
  readonly remainingWh?: number;
  readonly departureAtMs?: number;
  readonly socFraction?: number;
  readonly boundBy: BoundBy;
  /** Of a vehicle that waits: an estimate, on which nothing rests. */
  readonly expectedStartAtMs?: number;
  /** One sentence, from solver/explain. */
  readonly reason: string;
  /** What is planned for its session, one sentence. */
  readonly plan?: string;
  /** That it is told to use one phase, why, and until when at the earliest; one sentence. */
  readonly onePhase?: string;
  readonly sinceMs: number;
}

export interface LiveCircuit {
  readonly circuitId: CircuitId;
  readonly name: string;
  readonly parentId?: CircuitId;
  readonly conductors: readonly {
    readonly conductor: Conductor;
    readonly limit: number;
    readonly unit: 'A' | 'W';
    /** What EVSEs draw, in A on every phase that they load, plus other load. */
    readonly load: number;
    /** Worst case if everything goes silent now, plus the other load that is counted on. */
    readonly ceiling: number;
  }[];
  readonly notGuaranteed?: { readonly cause: NotGuaranteedCause; readonly sinceMs: number };
}

export interface LiveSite {
  readonly siteId: SiteId;
  readonly name: string;
  readonly timeZone: string;
  readonly atMs: number;
  /** Sequence of the stream; SSE id. */
  readonly seq: number;
  /** The sentence on top. */
  readonly sentence: string;
  /** Drawn by vehicles. */
  readonly powerW: number;
  /** Other load that counts against `limitW`: the newest fresh reading, else the declared worst. */
  readonly otherLoadW: number;
  /** The lowest limit on the site's total now, W. */
  readonly limitW: number;
  /** What the total may become if everything goes silent now, counted as `limitW` counts it. */
  readonly ceilingW: number;
  readonly reservedOfflineW: number;
  readonly counts: {
    readonly stations: number;
    readonly online: number;
    readonly charging: number;
    readonly waiting: number;
    readonly plugged: number;
  };
  /** Of sessions that started since midnight at the site. */
  readonly energyTodayWh: number;
  readonly evses: readonly LiveEvse[];
  readonly circuits: readonly LiveCircuit[];
  readonly signal?: {
    readonly issuer: string;
    readonly limitW: number;
    readonly receivedAtMs: number;
    readonly endsAtMs: number;
    readonly appliedFraction: number;
  };
}

/** Metrics that a demo or a benchmark reads at the end. Real milliseconds. */
export interface EngineFigures {
  readonly profileCommands: number;
  readonly profileRejected: number;
  readonly ackMs: readonly number[];
  readonly cutMs: readonly number[];
  readonly decisionMs: readonly number[];
  /** How many there have been; the lists hold the latest. */
  readonly sampleCounts: Readonly<Record<'ackMs' | 'cutMs' | 'decisionMs', number>>;
  /** 99th percentile of gateway round trips, and all of them for the launcher's speed check. */
  readonly roundTripMs: readonly number[];
}

/** What somebody asks a station to do. */
export interface CommandAsk {
  readonly stationId: StationId;
  readonly command: StationCommand;
  readonly actor: string;
  /** Of the request that asks (W3C); stands in the log lines of its call. */
  readonly traceId?: string;
}

/**
 * How a command ended.
 * - `refused-by-station` a well-formed no; `call-error` CALLERROR, or an answer that breaks the schema
 * - `refused-by-engine` it was not let out; `offline` it never left: the station was not there in time
 * - `timeout`, `closed` it left and nobody knows: the station may still act on it
 */
export type CommandReport =
  | { readonly status: 'accepted'; readonly response: unknown }
  | { readonly status: 'refused-by-station'; readonly detail: string; readonly response: unknown }
  | { readonly status: 'call-error'; readonly detail: string }
  | { readonly status: 'not-supported'; readonly detail: string }
  | { readonly status: 'refused-by-engine'; readonly detail: string }
  | { readonly status: 'timeout' }
  | { readonly status: 'closed' }
  | { readonly status: 'offline'; readonly detail: string };

/** A command whose row is committed. */
export interface CommandTicket {
  readonly commandId: string;
  /** Never rejects. */
  readonly report: Promise<CommandReport>;
}

/** The engine of this process as the API sees it. */
export interface EngineDoor {
  sites(): readonly Site[];
  state(siteId: SiteId): SiteState | undefined;
  live(siteId: SiteId): LiveSite | undefined;
  stations(siteId: SiteId): readonly StationState[];
  /** Another process runs it, and its stations are to connect there: what is known of it here is not new. */
  isElsewhere(siteId: SiteId): boolean;
  /** Commits the event to the inbox, then wakes the site. Resolves when committed. */
  submit(siteId: SiteId, event: SiteEvent): Promise<void>;
  /**
   * Asks a station for something, behind everything urgent; resolves when it has ended. Its row comes
   * first, so that a caller who goes away changes nothing. Rejects where it could not be stored.
   */
  command(siteId: SiteId, ask: CommandAsk): Promise<CommandReport>;
  /** The same, resolving as soon as the row is committed. */
  order(siteId: SiteId, ask: CommandAsk): Promise<CommandTicket>;
  /** What the engine would say now; nothing is sent. */
  judge(siteId: SiteId, ask: Omit<CommandAsk, 'actor'>): Verdict;
  /** Whether a smart-charging test could begin now. */
  judgeTest(siteId: SiteId, ask: TestAsk): TestVerdict;
  /** Calls back on each change of the site's picture, at most every 250 ms real time. Returns the cancel. */
  subscribe(siteId: SiteId, onChange: (live: LiveSite) => void): () => void;
  /** Adds a site and starts its engine. */
  addSite(site: Site, actor: string): Promise<void>;
  /** Stops its engine for good; what is kept of its history stays. */
  removeSite(siteId: SiteId, actor: string): Promise<void>;
  figures(): EngineFigures;
}
