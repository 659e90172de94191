/** A station's local authorisation list: what it shall hold, and what it is known to hold. */
import type { SiteId, StationId } from '../../../solver/index.js';
import type { ListedStatus } from '../../ocpp/requests/local-list.js';
import type { TokenType } from '../../sessions/token.js';

/** One token of a list. Tokens are equal whatever the case of their letters. */
export interface ListEntry {
  readonly idToken: string;
  /** Of 2.x alone; absent: told by its looks. */
  readonly type?: TokenType;
  readonly status: ListedStatus;
  readonly expiresAtMs?: number;
  readonly groupIdToken?: string;
}

/**
 * - `tokens` every token of the tenant that may charge while the station is offline
 * - `explicit` the entries named by an operator
 * - `unmanaged` the station's list is left alone
 */
export type ListSource = 'tokens' | 'explicit' | 'unmanaged';

/**
 * - `waiting` to be compared with the station at its next chance
 * - `failed` the station, or its limits, refused; `detail` says why
 */
export type ListStatus = 'waiting' | 'synchronised' | 'failed' | 'not-supported';

/** What the station accepted last, at this version; version 0: nothing yet. */
export interface HeldList {
  readonly version: number;
  readonly entries: readonly ListEntry[];
}

export interface LocalList {
  readonly stationId: StationId;
  readonly siteId: SiteId;
  readonly tenantId: string;
  readonly source: ListSource;
  /** Wanted where the source is `explicit`. */
  readonly explicit: readonly ListEntry[];
  /** When somebody last said what is wanted, ms. */
  readonly wantedAtMs: number;
  readonly held: HeldList;
  readonly status: ListStatus;
  readonly detail?: string;
  readonly checkedAtMs?: number;
  readonly synchronisedAtMs?: number;
  readonly actor: string;
}
