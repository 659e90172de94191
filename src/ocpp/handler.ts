/** What an action's handler is given and gives back. One file per action, one table per version. */
import type { StationId } from '../../solver/index.js';
import type { DeviceVariable } from './device-variable.js';
import type { AuthorizationAsk } from '../sessions/authorize-token.js';
import type { Authorization } from '../sessions/token.js';
import type { EvseStatus, OcppVersion, StationEvent, StationRecord } from './messages.js';
import type { SigningAsk } from './ports.js';

export interface HandlerContext {
  readonly stationId: StationId;
  readonly version: OcppVersion;
  /** EVSE numbers of the station as provisioned. */
  readonly evseNumbers: readonly number[];
  /** Site time at which the frame arrived, ms. */
  readonly receivedAtMs: number;
  readonly heartbeatIntervalSec: number;
  readonly offlineAfterMs: number;
  /** Set: stations of any other vendor are turned away. */
  readonly vendorOnly?: string;
  /** Status of each `evse:connector` on this connection: 2.x reports connectors, we want EVSEs. */
  readonly connectorStatus: Map<string, EvseStatus>;
  /** Of its device model; resolves once committed. */
  keepVariables(variables: readonly DeviceVariable[]): Promise<void>;
  authorize(ask: AuthorizationAsk): Promise<Authorization>;
  transactionIdOf(fingerprint: string): Promise<number>;
  findTransactionEvse(transactionId: string): Promise<number | undefined>;
  /** Why a certificate request is refused; undefined where it will be looked after. */
  requestCertificate(ask: SigningAsk): Promise<string | undefined>;
}

export interface Handled {
  /** Appended in this order, in one piece, before the answer leaves. */
  readonly events: readonly StationEvent[];
  /** Stored after the events and before the answer leaves. */
  readonly records?: readonly StationRecord[];
  readonly answer: object;
  /** Why the connection is closed once the answer has left; absent: it stays. */
  readonly closes?: string;
}

export type Handler<Payload> = (
  payload: Payload,
  context: HandlerContext,
) => Handled | Promise<Handled>;

/**
 * What to do when the events cannot be committed.
 * - `no-answer` the station repeats the message (transactions)
 * - `keep` no answer either, and the events wait in memory: stations repeat a status only on change
 * - `keep-and-answer` the events wait in memory (boot)
 * - `drop-and-answer` the next message makes these events worthless (idle meter values)
 */
export type OnAppendFailure = 'no-answer' | 'keep' | 'keep-and-answer' | 'drop-and-answer';

export interface Route {
  readonly handle: Handler<unknown>;
  readonly onAppendFailure: OnAppendFailure;
}

export type Routes = ReadonlyMap<string, Route>;

/** Binds a handler to its place. The payload has passed the action's schema when it is called. */
export function route<Payload>(handle: Handler<Payload>, onAppendFailure: OnAppendFailure): Route {
  return { handle: handle as Handler<unknown>, onAppendFailure };
}

/** Fields that every event of a station starts with. */
export function fromStation(context: HandlerContext): {
  readonly stationId: StationId;
  readonly receivedAtMs: number;
} {
  return { stationId: context.stationId, receivedAtMs: context.receivedAtMs };
}
