/** The limits on a site's import as its engine came to know them, with the instants at which it did. */
import type { SiteState } from '../../src/control/state.js';
import type { Signal, SignalScope } from '../../src/signals/signal.js';

export interface KnownLimits {
  /** Takes over what a state knows; cheap where nothing has changed. */
  take(state: SiteState, nowMs: number): void;
  /** A limit was known at any time. */
  readonly isAny: () => boolean;
  /** The lowest limit that was in force, and known, all through the last `lastingMs`, W. */
  lasting(scope: SignalScope, nowMs: number, lastingMs: number): number;
  /** The lowest limit in force now of those known for `knownMs` already, W. */
  foreseen(scope: SignalScope, nowMs: number, knownMs: number): number;
}

/** From `sinceMs` on this was known of one source; undefined: it limits nothing. */
interface Version {
  sinceMs: number;
  readonly signal: Signal | undefined;
  readonly limitW: number;
}

interface Source {
  readonly versions: Version[];
}

const NONE = Number.POSITIVE_INFINITY;

export function createKnownLimits(): KnownLimits {
  const sources = new Map<string, Source>();
  const byScope: Record<SignalScope, Source[]> = { 'total-import': [], 'managed-devices': [] };
  let lastSite: SiteState['site'] | undefined;
  let lastSignals: SiteState['signals'] | undefined;
  let lastMs = Number.NEGATIVE_INFINITY;
  let isAny = false;

  /** Another engine, or its clock set: what is known is known, by a clock that is behind as well. */
  function setBack(nowMs: number): void {
    for (const { versions } of sources.values()) {
      for (const it of versions) it.sinceMs = Math.min(it.sinceMs, nowMs);
    }
  }

  function note(key: string, scope: SignalScope, version: Version): void {
    let source = sources.get(`${key} ${scope}`);
    if (source === undefined) {
      source = { versions: [] };
      sources.set(`${key} ${scope}`, source);
      byScope[scope].push(source);
    }
    const last = source.versions.at(-1);
    if (last?.signal === version.signal && last?.limitW === version.limitW) return;
    source.versions.push(version);
    isAny ||= version.signal !== undefined || Number.isFinite(version.limitW);
  }

  return {
    take({ site, signals }, nowMs) {
      if (nowMs < lastMs) setBack(nowMs);
      lastMs = nowMs;
      if (site !== lastSite) {
        const limitW = site.importLimitW ?? NONE;
        note('owner', 'total-import', { sinceMs: nowMs, signal: undefined, limitW });
      }
      if (signals !== lastSignals) {
        for (const [key, signal] of signals) {
          if (signal.type !== 'import-limit') continue;
          for (const scope of ['total-import', 'managed-devices'] as const) {
            const own = signal.scope === scope ? signal : undefined;
            note(key, scope, { sinceMs: nowMs, signal: own, limitW: NONE });
          }
        }
      }
      lastSite = site;
      lastSignals = signals;
    },
    isAny: () => isAny,
    lasting(scope, nowMs, lastingMs) {
      let lowestW = NONE;
      for (const it of byScope[scope]) {
        lowestW = Math.min(lowestW, largestSince(it, nowMs - lastingMs, nowMs));
      }
      return lowestW;
    },
    foreseen(scope, nowMs, knownMs) {
      let lowestW = NONE;
      for (const { versions } of byScope[scope]) {
        const newest = versions.at(-1);
        if (newest === undefined || newest.sinceMs > nowMs - knownMs) continue;
        lowestW = Math.min(lowestW, valueAt(newest, nowMs));
      }
      return lowestW;
    },
  };
}

function valueAt({ signal, limitW }: Version, atMs: number): number {
  if (signal === undefined) return limitW;
  if (atMs >= signal.endsAtMs) return NONE;
  return signal.series.findLast((point) => point.atMs <= atMs)?.value ?? NONE;
}

function largestSince({ versions }: Source, fromMs: number, toMs: number): number {
  let largest = 0;
  // The newest ones first: those that ended before are all behind them.
  for (let index = versions.length - 1; index >= 0; index -= 1) {
    const version = versions[index] as Version;
    const endMs = versions[index + 1]?.sinceMs ?? NONE;
    if (endMs <= fromMs) break;
    if (version.sinceMs > toMs) continue;
    const points = version.signal?.series.map(({ atMs }) => atMs) ?? [];
    const starts = [fromMs, version.sinceMs, ...points, version.signal?.endsAtMs ?? fromMs];
    for (const atMs of starts) {
      const isWithin = atMs >= fromMs && atMs <= toMs && atMs >= version.sinceMs && atMs < endMs;
      if (isWithin) largest = Math.max(largest, valueAt(version, atMs));
    }
  }
  const knownMs = versions[0]?.sinceMs ?? NONE;
  return knownMs > fromMs ? NONE : largest;
}
