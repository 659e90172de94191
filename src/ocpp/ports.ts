/** What the gateway needs of the rest of the service, and what it offers. */
import type { StationId } from '../../solver/index.js';
import type { Clock, Ids, Log } from '../platform/ports.js';
import type { DeviceVariable } from './device-variable.js';
import type { AuthorizationAsk } from '../sessions/authorize-token.js';
import type { Authorization } from '../sessions/token.js';
import type {
  OcppVersion,
  OutboxCommand,
  SchemaMode,
  StationEvent,
  StationRecord,
} from './messages.js';

/** A provisioned station as the gateway needs it at the door. */
export interface StationCredential {
  readonly stationId: StationId;
  readonly siteId: string;
  /** HMAC-SHA-256 of the station's secret under the server key, 32 bytes. */
  readonly secretMac: Buffer;
  /** The secret before, good until the station has used the newest. */
  readonly previousMac?: Buffer;
  /** EVSE numbers of the station, ascending, from 1. */
  readonly evseNumbers: readonly number[];
  /** Read one sample this often, s. */
  readonly sampleIntervalSec: number;
  /** Absent: lenient. */
  readonly schemaMode?: SchemaMode;
  /** The only version to speak with it, whatever it offers besides. Absent: the first that we know. */
  readonly pinnedVersion?: OcppVersion;
}

/** A certificate that a station wants signed (PKCS#10 in PEM). */
export interface SigningAsk {
  readonly csrPem: string;
  readonly use: 'station' | 'v2g' | 'v2g20';
  /** OCPP 2.1 only. */
  readonly requestId?: number;
}
/** An unknown station at the door; texts are as it sent them. */
export interface PendingAttempt {
  readonly identity: string;
  readonly remoteAddress: string;
  readonly subprotocols: string;
  readonly userAgent: string;
  /** Site time of the latest try, ms. */
  readonly atMs: number;
  readonly count: number;
}

export interface GatewayPorts {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  /** Undefined: unknown station (404). Must take equal time for both. */
  findCredential(stationId: string): Promise<StationCredential | undefined>;
  /** True when there is a station of this name; costs nothing. */
  isProvisioned(stationId: string): boolean;
  /** The station has come in with its newest secret while an older one was good too. */
  newestSecretUsed(stationId: StationId): Promise<void>;
  /** Stations that nobody has provisioned and that tried to connect. */
  notePending(attempts: readonly PendingAttempt[]): Promise<void>;
  /** MAC of a secret that somebody presented. */
  macOf(secret: string): Buffer;
  /**
   * Appends events in this order to the inbox of the station's site; resolves once committed.
   * Rejects when SQL is down: then a transaction message is left unanswered so that the station retries.
   */
  append(events: readonly StationEvent[]): Promise<void>;
  /**
   * The 1.6 transactionId of a StartTransaction: the same fingerprint of the same station gives the
   * same id again (retries); committed before it resolves. From 1, unique over all stations.
   */
  transactionIdOf(stationId: StationId, fingerprint: string): Promise<number>;
  /** The EVSE on which a transaction of this station runs or ran; undefined if it is not this station's. */
  findTransactionEvse(stationId: StationId, transactionId: string): Promise<number | undefined>;
  /** What a station says of its configuration and device model; resolves once committed. */
  keepVariables(stationId: StationId, variables: readonly DeviceVariable[]): Promise<void>;
  /** Stores the request. Why it is refused; undefined where it will be looked after. */
  requestCertificate(stationId: StationId, ask: SigningAsk): Promise<string | undefined>;
  /** Rejects when SQL is down: then the message is left unanswered. */
  authorize(stationId: StationId, ask: AuthorizationAsk): Promise<Authorization>;
  /** Stores what people want to see of a station; resolves once committed. */
  record(records: readonly StationRecord[]): Promise<void>;
}

export interface GatewayStats {
  readonly connections: number;
  /** Real milliseconds from call written to answer. */
  readonly roundTripMs: readonly number[];
  /** Counts since the start, by the names of `Counter`. */
  readonly counters: Readonly<Record<string, number>>;
}

/** The gateway of one process. */
export interface Gateway {
  listen(options: {
    readonly host: string;
    readonly port: number;
  }): Promise<{ readonly port: number }>;
  /**
   * Hands over committed outbox rows. Each is written to the station's socket (cuts first, one call in
   * flight, order of (epoch, seq) kept, lower ones dropped) and ends in exactly one `command.answered`
   * event. A station without a connection answers `not-sent` at once.
   */
  dispatch(commands: readonly OutboxCommand[]): void;
  connectedVersion(stationId: StationId): OcppVersion | undefined;
  stats(): GatewayStats;
  /** Closes the connection of a station that is no longer ours, if it has one. */
  dismiss(stationId: StationId): void;
  /** Closes connections of stations that another process serves from now on: they come in there. */
  release(stationIds: readonly StationId[]): void;
  /** Stops accepting, finishes calls in flight, closes sockets with 1012. */
  close(): Promise<void>;
}
