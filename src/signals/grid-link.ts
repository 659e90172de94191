/**
 * The link to whoever may limit a site: heard by heartbeats, and a failsafe limit where they stay out
 * (SAFETY I4; EEBUS LPC). Pure.
 */
import { signalId, type Watts } from '../../solver/index.js';
import type { Signal, SignalScope } from './signal.js';

/** A heartbeat is due every 60 s; after this long without one the link is lost (EEBUS LPC), ms. */
export const HEARTBEAT_LOST_MS = 120_000;

/** The failsafe limit among the signals of a site; no issuer can send one by this name. */
export const FAILSAFE_ID = signalId('failsafe');
const NEVER_ENDS_MS = Date.UTC(9999, 0, 1);

/** As its owner configures it. */
export interface GridLink {
  /** Whose heartbeats and limits count: the name of a signal issuer of the site. */
  readonly issuer: string;
  readonly failsafeLimitW: Watts;
  readonly scope: SignalScope;
}

/** What was heard on it. */
export interface GridLinkState {
  /** By our clock, at receipt; absent: never. */
  readonly lastHeartbeatAtMs?: number | undefined;
  /** The failsafe limit holds since then; absent: the link is there. */
  readonly failsafeSinceMs?: number | undefined;
  /** A limit has come since the failsafe began. */
  readonly hasNewLimit: boolean;
}

/** Nobody has been heard yet: the failsafe holds from the start. */
export function openLink(nowMs: number): GridLinkState {
  return { failsafeSinceMs: nowMs, lastHeartbeatAtMs: undefined, hasNewLimit: false };
}

/** The link as time alone leaves it. */
export function linkAt(link: GridLinkState, nowMs: number): GridLinkState {
  const lostAtMs = lostAt(link);
  if (link.failsafeSinceMs !== undefined || nowMs < lostAtMs) return link;
  return { ...link, failsafeSinceMs: lostAtMs, hasNewLimit: false };
}

/**
 * A failsafe is left only on a heartbeat and a new limit, whichever comes first. A heartbeat counts from
 * its receipt, however late it is looked at.
 */
export function heard(
  link: GridLinkState,
  signal: Pick<Signal, 'type' | 'receivedAtMs'>,
  nowMs: number,
): GridLinkState {
  const before = linkAt(link, nowMs);
  const isHeartbeat = signal.type === 'heartbeat';
  if (!isHeartbeat && signal.type !== 'import-limit') return before;
  const next: GridLinkState = {
    ...before,
    lastHeartbeatAtMs: isHeartbeat
      ? Math.min(signal.receivedAtMs, nowMs)
      : before.lastHeartbeatAtMs,
    hasNewLimit: before.hasNewLimit || !isHeartbeat,
  };
  const isThere = next.hasNewLimit && nowMs < lostAt(next);
  return isThere ? { ...next, failsafeSinceMs: undefined, hasNewLimit: false } : next;
}

/** When the link counts as lost; in the past where nothing was ever heard. */
export function lostAt({ lastHeartbeatAtMs }: GridLinkState): number {
  if (lastHeartbeatAtMs === undefined) return Number.NEGATIVE_INFINITY;
  return lastHeartbeatAtMs + HEARTBEAT_LOST_MS;
}

/**
 * The failsafe as a limit that is known to come: from the instant at which the link would be lost, or
 * since it was. Leases above it are thereby never given beyond that instant.
 */
export function failsafeSignal(
  { siteId, tenantId }: Pick<Signal, 'siteId' | 'tenantId'>,
  { issuer, failsafeLimitW, scope }: GridLink,
  link: GridLinkState,
): Signal {
  const fromMs = link.failsafeSinceMs ?? lostAt(link);
  return {
    id: FAILSAFE_ID,
    siteId,
    tenantId,
    type: 'import-limit',
    scope,
    issuer: `${issuer}, failsafe`,
    sequence: 0,
    series: [{ atMs: fromMs, value: failsafeLimitW }],
    endsAtMs: NEVER_ENDS_MS,
    receivedAtMs: fromMs,
  };
}
