/**
 * Which lists to compare with their stations, and when: after a start, a connection, a change of what
 * is wanted, and a change of the tenant's tokens once it has settled.
 */
import type { StationId } from '../../../solver/index.js';
import { type StationAt, stationAt, type UpkeepDeps } from '../ports.js';
import { onlineVersion } from '../station-call.js';
import type { LocalList } from './local-list.js';
import { synchronise } from './synchronise.js';

/** Real pauses after a station was not reached or refused. */
const RETRY_LATER_MS = 30_000;
const RETRY_REFUSED_MS = 3_600_000;
/** Lists that are compared with their stations at the same time. */
const AT_ONCE = 16;
/** A stream of token changes waits no longer than this many looks. */
const UNSETTLED_LOOKS_MAX = 5;

export interface ListWatch {
  /** Compare it at the next look, whatever came of the last one. */
  touch(stationId: StationId): void;
  look(): Promise<void>;
}

export function watchLists(deps: UpkeepDeps): ListWatch {
  const settled = new Map<string, string>();
  const moving = new Map<string, { stamp: string; looks: number }>();
  /** Stations that need no look until something changes, or until this real instant. */
  const quietUntilMs = new Map<StationId, number>();
  /** Whether stations of its site may go by a list, when it was last compared. */
  const policies = new Map<StationId, string | undefined>();

  /** Tenants whose tokens have changed and stand still now. */
  const changedTenants = async (): Promise<ReadonlySet<string>> => {
    const changed = new Set<string>();
    const stamps = await deps.store.upkeep.localLists.tokenStamps();
    for (const [tenantId, stamp] of stamps) {
      if (settled.get(tenantId) === stamp) continue;
      const { stamp: last, looks } = moving.get(tenantId) ?? { stamp: '', looks: 0 };
      if (last === stamp || looks >= UNSETTLED_LOOKS_MAX) {
        settled.set(tenantId, stamp);
        moving.delete(tenantId);
        changed.add(tenantId);
      } else moving.set(tenantId, { stamp, looks: looks + 1 });
    }
    return changed;
  };

  const compare = async ({ stationId }: LocalList): Promise<void> => {
    const station = stationAt(deps, stationId);
    const version = station === undefined ? undefined : onlineVersion(station);
    // A BootNotification may follow at once, and a booting station answers badly.
    if (station === undefined || version === undefined) return;
    if (station.state?.stage === 'connecting') return;
    // Should it fail on our side, it is tried again.
    quietUntilMs.set(stationId, deps.realNowMs() + RETRY_LATER_MS);
    policies.set(stationId, policyOf(station));
    // Read behind the mark: what is wanted later takes the mark away.
    const list = await deps.store.upkeep.localLists.find(stationId);
    if (list === undefined || list.source === 'unmanaged') return;
    const end = await synchronise({ deps, station, version, list });
    // A touch while it ran has taken the mark away and counts.
    if (!quietUntilMs.has(stationId)) return;
    const isOver = end === 'synchronised' || end === 'not-supported';
    const pauseMs = end === 'later' ? RETRY_LATER_MS : RETRY_REFUSED_MS;
    const nextMs = isOver ? Number.POSITIVE_INFINITY : deps.realNowMs() + pauseMs;
    quietUntilMs.set(stationId, nextMs);
  };

  const isDue = (list: LocalList, changed: ReadonlySet<string>, nowMs: number): boolean => {
    const { stationId, source, tenantId, status } = list;
    const station = stationAt(deps, stationId);
    const isOther = policies.has(stationId) && policies.get(stationId) !== policyOf(station);
    const hasChanged = source === 'tokens' && (changed.has(tenantId) || isOther);
    if (hasChanged && status !== 'not-supported') quietUntilMs.delete(stationId);
    return (quietUntilMs.get(stationId) ?? 0) <= nowMs;
  };

  return {
    touch: (stationId) => void quietUntilMs.delete(stationId),
    async look() {
      const lists = await deps.store.upkeep.localLists.managed();
      if (lists.length === 0) return;
      const changed = await changedTenants();
      const nowMs = deps.realNowMs();
      const due = lists.filter((list) => isDue(list, changed, nowMs));
      // Several at once: one that does not answer must not hold up all others.
      for (let from = 0; from < due.length; from += AT_ONCE) {
        await Promise.all(due.slice(from, from + AT_ONCE).map(compare));
      }
    },
  };
}

function policyOf(station: StationAt | undefined): string | undefined {
  return station?.site.settings.offlineAuthorization;
}
