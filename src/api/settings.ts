/** What the composition root decides about the HTTP API. Nothing here has a hidden default. */
import type { StationId } from '../../solver/index.js';
import type { Clock, Log } from '../platform/ports.js';
import type { OutgoingRequests } from '../ocpp/outgoing-requests.js';
import type { Planner } from '../planning/planner.js';
import type { Store } from '../store/ports.js';
import type { Upkeep } from '../upkeep/upkeep.js';
import type { Scope } from './auth/principal.js';
import type { EngineDoor } from './ports.js';
import type { Runtime } from './runtime.js';

/** A one-time link for the browser of whoever started a demo on this machine. */
export interface EnterLink {
  /** At least 128 bits of randomness; works once. */
  readonly code: string;
  readonly tenantId: string;
  readonly scopes: readonly Scope[];
  /** Name of the person in the audit. */
  readonly actor: string;
}

export interface ApiSettings {
  /** Absent: no browser session can be opened, API keys only. */
  readonly enter?: EnterLink;
  /** Origin under which browsers reach the dashboard; absent: whatever host they name. */
  readonly publicUrl?: string;
  /** True behind TLS: the cookie is then sent over https only. */
  readonly secureCookie: boolean;
  /** Reverse proxies (addresses) whose X-Forwarded-* is believed; false: nobody's. */
  readonly trustProxy: boolean | string;
  /** Calls per client address, and per credential, and real minute. */
  readonly rateLimitPerMinute: number;
  /** `open` where only this machine reaches the port; `read` asks for a key with that scope. */
  readonly metricsAccess: 'open' | 'read';
  /** Folder of the built dashboard (`web/dist`). */
  readonly dashboardDir: string;
}

/** Makes and hashes station secrets under the installation's server key. */
export interface Credentials {
  newSecret(): string;
  /** HMAC-SHA-256 under the server key, 32 bytes. */
  macOf(secret: string): Buffer;
}

export interface ApiDeps {
  readonly engine: EngineDoor;
  readonly store: Store;
  readonly upkeep: Upkeep;
  /** For questions; sites are planned without being asked. */
  readonly planner: Pick<Planner, 'input' | 'pool'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly credentials: Credentials;
  /** Real wall clock, epoch ms: webhook tolerance and browser sessions are real time. */
  realNowMs(): number;
  /** Closes the connection of a station that is no longer ours. */
  dismissStation(stationId: StationId): void;
  /** An alert waits to be delivered; absent: it is found within a minute. */
  hintDelivery?(deliveryId: string): void;
  /** What may be sent to stations, and how it must look. */
  readonly requests: OutgoingRequests;
  readonly runtime: Runtime;
  readonly settings: ApiSettings;
}
