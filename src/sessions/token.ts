/** A token: what a driver shows to say who is to pay. */
import type { SiteId } from '../../solver/index.js';

/** IdTokenEnumType of 2.x; 1.6 does not say. */
export type TokenType =
  | 'Central'
  | 'eMAID'
  | 'ISO14443'
  | 'ISO15693'
  | 'KeyCode'
  | 'Local'
  | 'MacAddress'
  | 'NoAuthorization';

/** AuthorizationStatusEnumType of 2.x, of which 1.6 has the first five. */
export type AuthorizationStatus =
  | 'Accepted'
  | 'Blocked'
  | 'Expired'
  | 'Invalid'
  | 'ConcurrentTx'
  | 'NoCredit'
  | 'NotAllowedTypeEVSE'
  | 'NotAtThisLocation'
  | 'NotAtThisTime'
  | 'Unknown';

/** What an owner may say of a token; that it charges elsewhere is found out, not said. */
export type TokenStatus = Exclude<AuthorizationStatus, 'ConcurrentTx' | 'Unknown'>;

export interface Token {
  /** As it was written down; compared without regard to case. */
  readonly idToken: string;
  readonly type: TokenType;
  readonly status: TokenStatus;
  /** For people: a name, a number plate. */
  readonly label?: string;
  /** 1.6 parentIdTag: tokens of one group may end each other's transactions. */
  readonly groupId?: string;
  readonly expiresAtMs?: number;
  /** False: stations shall ask each time, and not remember the answer. */
  readonly allowOffline: boolean;
  /** What a second transaction at the same time meets. */
  readonly concurrent: 'refuse' | 'allow';
  /** Absent: all sites of the tenant. */
  readonly siteIds?: readonly SiteId[];
  /** RFC 5646; stations that can show messages use it. */
  readonly language?: string;
}

/** What a station is told, and what a session keeps of it. */
export interface Authorization {
  readonly status: AuthorizationStatus;
  readonly groupId?: string;
  /** From then on the station shall not go by this answer any more. */
  readonly expiresAtMs?: number;
  readonly language?: string;
}

/**
 * What two spellings of one token share: idTag is a CiString and IdToken is case-insensitive. ASCII
 * only, so that the database finds the same.
 */
export function tokenKey(idToken: string): string {
  return idToken.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
}

export function isSameToken(one: string, other: string): boolean {
  return tokenKey(one) === tokenKey(other);
}
