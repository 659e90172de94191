import type { BlockList } from 'node:net';
import type { CallEnd } from './call-meter.js';
import type { FrameHook } from './frame-log.js';

/** Limits and timings of the gateway. All durations are real time. */
export interface GatewaySettings {
  /** An unanswered call ends `timeout` after this, ms. */
  readonly callTimeoutMs: number;
  /** A ping this often; a peer that missed one when the next is due is dropped, ms. */
  readonly pingIntervalMs: number;
  /** A connection without any OCPP frame for this long is closed, ms. */
  readonly idleTimeoutMs: number;
  /** From TCP accept to the end of the upgrade, ms. */
  readonly handshakeTimeoutMs: number;
  /** From our close frame to the socket's end, ms. */
  readonly closeTimeoutMs: number;
  readonly frameBytesMax: number;
  /** Fragments of one message; each costs memory beyond its bytes. */
  readonly frameFragmentsMax: number;
  /** More unsent bytes than this end the connection: the peer does not read. */
  readonly bufferedBytesMax: number;
  /** Consecutive frames that are no OCPP-J before the connection is closed with 1002. */
  readonly badFramesMax: number;
  /** Frames of one station at once, and one more each so many ms; beyond it is read more slowly. */
  readonly framesBurst: number;
  readonly framesRefillMs: number;
  /** Calls of a station that wait for their turn before its socket is no longer read. */
  readonly waitingCallsMax: number;
  /** Commands that wait for one station. */
  readonly waitingCommandsMax: number;
  /** Written commands per station that are remembered, so that a repeat is recognised. */
  readonly rememberedCommandsMax: number;
  /** Events per station that are kept in memory while SQL is down. */
  readonly keptEventsMax: number;
  readonly appendRetryMinMs: number;
  readonly appendRetryMaxMs: number;
  /** Heartbeat interval in the answer to a boot, s; at least 60. */
  readonly heartbeatIntervalSec: number;
  /** A transaction message older than this is `offline`, site time, ms. */
  readonly offlineAfterMs: number;
  readonly connectionsMax: number;
  /** Sockets of one address that have not come in yet; more are dropped. */
  readonly waitingSocketsMax: number;
  /** Upgrades under way at once; more are told 503 and to come back. */
  readonly pendingUpgradesMax: number;
  /** Failed logins of one remote address: burst, and one more each so many ms. */
  readonly addressFailuresMax: number;
  readonly addressRefillMs: number;
  /** Failed logins over all; beyond it only stations that exist are still looked at. */
  readonly failuresMax: number;
  readonly failuresRefillMs: number;
  /** Connections let in: burst, and one more each so many ms. */
  readonly acceptsMax: number;
  readonly acceptsRefillMs: number;
  /** A station that came more often within an hour is let in only each so many ms. */
  readonly reconnectsPerHourMax: number;
  readonly reconnectSlowMs: number;
  /** Failed logins of one identity from one remote address. */
  readonly identityFailuresMax: number;
  readonly identityRefillMs: number;
  /** What an unknown station hears: 404 as the errata say, or 401 like a wrong password. */
  readonly unknownStationStatus: 404 | 401;
  /** Profile 0: a station that presents nothing is believed. For development on one machine. */
  readonly allowUnauthenticated: boolean;
  /** Reverse proxies whose X-Forwarded-For is believed; absent: nobody's. */
  readonly trustedProxies?: BlockList;
  /** Absent: plain WebSocket, for a TLS proxy in front or a private network. */
  readonly tls?: TlsSettings;
  /** Set: a boot of any other vendor is answered Rejected and its connection closed. */
  readonly vendorOnly?: string;
  /** At the end sockets close one after another over at most this, ms. */
  readonly drainMs: number;
  /** Sees the end of every call, of stations and of ours. */
  readonly onCallEnd?: (end: CallEnd) => void;
  /** Sees every frame, redacted. */
  readonly onFrame?: FrameHook;
}

export interface TlsSettings {
  /** PEM; both are read again when they change. */
  readonly certificateFile: string;
  readonly keyFile: string;
  /** PEM of the authority of stations' certificates (profile 3). */
  readonly clientAuthorityFile?: string;
  /** What the certificate's organization must be. */
  readonly clientOrganization?: string;
}

export const defaultGatewaySettings: GatewaySettings = {
  callTimeoutMs: 10_000,
  pingIntervalMs: 30_000,
  idleTimeoutMs: 1_200_000,
  handshakeTimeoutMs: 10_000,
  closeTimeoutMs: 2_000,
  frameBytesMax: 65_536,
  frameFragmentsMax: 64,
  bufferedBytesMax: 1_048_576,
  badFramesMax: 10,
  framesBurst: 1_000,
  framesRefillMs: 10,
  waitingCallsMax: 32,
  waitingCommandsMax: 64,
  rememberedCommandsMax: 512,
  keptEventsMax: 64,
  appendRetryMinMs: 250,
  appendRetryMaxMs: 5_000,
  heartbeatIntervalSec: 300,
  offlineAfterMs: 300_000,
  connectionsMax: 20_000,
  waitingSocketsMax: 2_500,
  pendingUpgradesMax: 1_000,
  addressFailuresMax: 50,
  addressRefillMs: 2_000,
  failuresMax: 2_000,
  failuresRefillMs: 10,
  acceptsMax: 1_000,
  acceptsRefillMs: 5,
  reconnectsPerHourMax: 60,
  reconnectSlowMs: 60_000,
  identityFailuresMax: 10,
  identityRefillMs: 10_000,
  unknownStationStatus: 404,
  drainMs: 10_000,
  allowUnauthenticated: false,
};
