/** The durable side of people and credentials. Every instant of this file is real time, epoch ms. */
import type { Page } from './ports.js';

export type Role = 'owner' | 'manager' | 'viewer' | 'installer';

export interface User {
  readonly id: string;
  readonly tenantId: string;
  /** Lower case, unique in the installation. */
  readonly email: string;
  readonly name: string;
  readonly role: Role;
  /** From then on nothing is allowed any more. */
  readonly expiresAtMs?: number;
  readonly hasPassword: boolean;
  readonly createdAtMs: number;
  readonly signedInAtMs?: number;
  /** Raised by one on each edit; the ETag. */
  readonly version: number;
}

export interface UserChange {
  readonly name: string;
  readonly role: Role;
  readonly expiresAtMs?: number;
}

export interface PageAsk {
  readonly limit: number;
  readonly after?: string;
}

export interface Users {
  /** Throws `already-exists` when somebody of the installation has this email. */
  create(
    user: {
      readonly id: string;
      readonly tenantId: string;
      readonly email: string;
      readonly name: string;
      readonly role: Role;
      readonly expiresAtMs?: number;
      readonly createdAtMs: number;
    },
    actor: string,
  ): Promise<void>;
  list(ask: PageAsk & { readonly tenantId: string }): Promise<Page<User>>;
  find(tenantId: string, id: string): Promise<User | undefined>;
  /** For signing in: the hash goes nowhere else. */
  findByEmail(
    email: string,
  ): Promise<{ readonly user: User; readonly passwordHash?: string } | undefined>;
  passwordHash(id: string): Promise<string | undefined>;
  /**
   * `stale`: it is gone or at another version. `last-owner`: others would be left without an owner
   * whose time does not end.
   */
  change(
    ask: { readonly tenantId: string; readonly id: string; readonly version: number },
    change: UserChange,
    actor: string,
  ): Promise<'changed' | 'stale' | 'last-owner'>;
  remove(
    ask: { readonly tenantId: string; readonly id: string; readonly version: number },
    actor: string,
  ): Promise<'changed' | 'stale' | 'last-owner'>;
  /** Sets the password and ends every browser session but `keepSession`. */
  setPassword(
    ask: { readonly id: string; readonly passwordHash: string; readonly keepSession?: Buffer },
    actor: string,
  ): Promise<void>;
  /** Replaces an earlier invitation of this person. */
  invite(
    invitation: { readonly userId: string; readonly hash: Buffer; readonly expiresAtMs: number },
    actor: string,
  ): Promise<void>;
  /** Whose invitation this is; undefined when unknown, used or over. */
  invited(hash: Buffer, nowMs: number): Promise<User | undefined>;
  /** Uses it up and sets the password; undefined when somebody was faster, or it is over. */
  acceptInvitation(
    ask: { readonly hash: Buffer; readonly passwordHash: string; readonly nowMs: number },
    actor: string,
  ): Promise<User | undefined>;
  /** True when the tenant has somebody at all. */
  any(tenantId: string): Promise<boolean>;
}

export interface BrowserSession {
  readonly tenantId: string;
  readonly actor: string;
  readonly userId?: string;
  /** Of a session without a person. */
  readonly scopes: readonly string[];
  readonly role?: Role;
  readonly email?: string;
  readonly name?: string;
  readonly userExpiresAtMs?: number;
  readonly seenAtMs: number;
  readonly expiresAtMs: number;
}

export interface BrowserSessionRows {
  open(session: {
    readonly hash: Buffer;
    readonly tenantId: string;
    readonly userId?: string;
    readonly actor: string;
    readonly scopes: readonly string[];
    readonly nowMs: number;
    readonly expiresAtMs: number;
  }): Promise<void>;
  find(hash: Buffer): Promise<BrowserSession | undefined>;
  seen(hash: Buffer, nowMs: number): Promise<void>;
  end(hash: Buffer): Promise<void>;
  /** All of a person, or of one who has no user row by the actor's name; answers how many. */
  endAll(ask: {
    readonly tenantId: string;
    readonly userId?: string;
    readonly actor?: string;
  }): Promise<number>;
}

export interface KeyRow {
  readonly id: string;
  readonly tenantId: string;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly createdAtMs: number;
  readonly expiresAtMs?: number;
  readonly revokedAtMs?: number;
  readonly usedAtMs?: number;
  readonly actor: string;
}

export interface Keys {
  /** Stores the hash of an API key. */
  create(
    key: {
      readonly id: string;
      readonly tenantId: string;
      readonly hash: Buffer;
      readonly scopes: readonly string[];
      readonly name: string;
      readonly expiresAtMs?: number;
    },
    actor: string,
  ): Promise<void>;
  /** True when the tenant has a key at all. */
  any(tenantId: string): Promise<boolean>;
  /** Not of a revoked one; whether it is over is the caller's to see. */
  findByHash(hash: Buffer): Promise<
    | {
        readonly id: string;
        readonly tenantId: string;
        readonly scopes: readonly string[];
        readonly name: string;
        readonly expiresAtMs?: number;
      }
    | undefined
  >;
  list(ask: PageAsk & { readonly tenantId: string }): Promise<Page<KeyRow>>;
  find(tenantId: string, id: string): Promise<KeyRow | undefined>;
  used(id: string, nowMs: number): Promise<void>;
  revoke(tenantId: string, id: string, actor: string): Promise<void>;
  /** Ends it at an instant, if it does not end sooner. */
  endAt(tenantId: string, id: string, atMs: number, actor: string): Promise<void>;
}

/** `mine`: the caller runs the request; `running`: another one does, or died with it. */
export type Reservation =
  | { readonly status: 'mine' }
  | { readonly status: 'running' }
  | { readonly status: 'other-request' }
  | { readonly status: 'answered'; readonly answer: Buffer };

export interface IdempotencyKeys {
  reserve(ask: {
    readonly tenantId: string;
    readonly actor: string;
    readonly key: string;
    readonly fingerprint: Buffer;
    readonly nowMs: number;
  }): Promise<Reservation>;
  /** Keeps the answer, sealed. */
  answered(
    ask: { readonly tenantId: string; readonly actor: string; readonly key: string },
    answer: Buffer,
  ): Promise<void>;
  /** Nothing was changed: the same key may be used again. */
  release(ask: {
    readonly tenantId: string;
    readonly actor: string;
    readonly key: string;
  }): Promise<void>;
}

export interface AuditRow {
  readonly id: number;
  readonly siteId?: string;
  readonly actor: string;
  readonly action: string;
  readonly target: string;
  readonly before?: unknown;
  readonly after?: unknown;
  readonly atMs: number;
}

export interface AuditAsk extends PageAsk {
  readonly tenantId: string;
  readonly siteId?: string;
  readonly actor?: string;
  /** The whole action, or a noun such as `site`. */
  readonly action?: string;
  readonly target?: string;
  readonly sinceMs?: number;
  readonly untilMs?: number;
}
