/** Brings the local list of one station to what is wanted: D01, D02; 1.6 §3.4.2, §5.15. */
import type { OcppVersion } from '../../ocpp/messages.js';
import {
  type ListLimits,
  listItem,
  listLimitsOf,
  LIST_VERSION,
  readListLimits,
  readListVersion,
  sendLocalList,
  tokenLengthMax,
  type WireListChange,
} from '../../ocpp/requests/local-list.js';
import { textOf } from '../../ocpp/requests/request.js';
import type { StationAt, UpkeepDeps } from '../ports.js';
import { type CallEnd, callStation } from '../station-call.js';
import { applyChanges, chunks, full, type ListPlan, nextVersion, planList } from './diff.js';
import type { HeldList, ListEntry, LocalList } from './local-list.js';

/** Where a station does not say how many entries a message may carry. */
const ITEMS_PER_MESSAGE = 20;
const ACTOR = 'system';

/** `later`: the station was not reached, or nobody knows; the next look begins anew. */
export type SyncEnd = 'synchronised' | 'failed' | 'not-supported' | 'later';

interface Sync {
  readonly deps: UpkeepDeps;
  readonly station: StationAt;
  readonly version: OcppVersion;
  readonly list: LocalList;
}

export async function synchronise(sync: Sync): Promise<SyncEnd> {
  const asked = await call(sync, LIST_VERSION);
  if (asked.status === 'not-sent' || asked.status === 'unknown') return 'later';
  const { held } = sync.list;
  if (asked.status === 'refused') {
    const status = asked.notSupported === true ? 'not-supported' : 'failed';
    return ended(sync, held, status, `GetLocalListVersion: ${asked.detail}`);
  }
  const stationVersion = readListVersion(sync.version, asked.response) ?? -1;
  if (stationVersion < 0) {
    return ended(sync, held, 'not-supported', 'the station says that it has no local list');
  }
  const wanted = await wantedEntries(sync);
  const plan = planList({ held, stationVersion, wanted });
  if (plan.kind === 'none') return ended(sync, held, 'synchronised');
  const limits = await limitsOf(sync);
  if (limits.isEnabled === false) {
    return ended(sync, held, 'not-supported', 'the local list is switched off in the station');
  }
  if (wanted.length > (limits.entriesMax ?? Number.POSITIVE_INFINITY)) {
    const detail = `${wanted.length} tokens are wanted, the station holds ${limits.entriesMax}`;
    return ended(sync, held, 'failed', detail);
  }
  return send(sync, { plan, wanted, limits, stationVersion });
}

/**
 * Tokens that this version cannot spell are left out: such a card cannot be read there either. Where
 * stations of the site shall ask each time, none may charge without asking.
 */
async function wantedEntries(sync: Sync): Promise<readonly ListEntry[]> {
  const { deps, list, version, station } = sync;
  const { localLists } = deps.store.upkeep;
  const { offlineAuthorization } = station.site.settings;
  if (list.source === 'tokens' && offlineAuthorization === 'refused') return [];
  const all = list.source === 'explicit' ? list.explicit : await localLists.offlineTokens(list);
  const lengthMax = tokenLengthMax(version);
  return all.filter(({ idToken }) => idToken.length <= lengthMax);
}

async function limitsOf(sync: Sync): Promise<ListLimits> {
  const asked = await call(sync, readListLimits(sync.version));
  const told = asked.status === 'accepted' ? listLimitsOf(sync.version, asked.response) : {};
  if (told.entriesMax !== undefined) return told;
  const entriesMax = await entriesMaxReported(sync);
  return entriesMax === undefined ? told : { ...told, entriesMax };
}

/** 2.x says it in reports alone: the highest value of LocalAuthListCtrlr.Entries. */
async function entriesMaxReported({ deps, station }: Sync): Promise<number | undefined> {
  const { site, stationId } = station;
  const { items } = await deps.store.deviceVariables.list({
    tenantId: site.tenantId,
    stationId,
    component: 'LocalAuthListCtrlr',
    variable: 'Entries',
    limit: 10,
  });
  return items.find(({ limitMax }) => limitMax !== undefined)?.limitMax;
}

interface Sending {
  readonly plan: Exclude<ListPlan, { kind: 'none' }>;
  readonly wanted: readonly ListEntry[];
  readonly limits: ListLimits;
  readonly stationVersion: number;
}

/** Piece by piece; what a piece has brought is stored before the next one leaves. */
async function send(
  sync: Sync,
  { plan, wanted, limits, stationVersion }: Sending,
): Promise<SyncEnd> {
  const { version, list } = sync;
  const pieces = chunks(plan.changes, {
    itemsMax: limits.itemsPerMessage ?? ITEMS_PER_MESSAGE,
    ...(limits.bytesPerMessage === undefined ? {} : { bytesMax: limits.bytesPerMessage }),
    bytesOf: (change) => Buffer.byteLength(JSON.stringify(listItem(version, change))) + 1,
  });
  let held: HeldList = {
    version: nextVersion(list.held, stationVersion) - 1,
    entries: plan.kind === 'full' ? [] : list.held.entries,
  };
  for (const [index, changes] of pieces.entries()) {
    const updateType = plan.kind === 'full' && index === 0 ? 'Full' : 'Differential';
    const listVersion = held.version + 1;
    const end = await call(sync, sendLocalList(version, { listVersion, updateType, changes }));
    if (end.status === 'unknown' || end.status === 'not-sent') return 'later';
    if (end.status === 'refused') {
      const isMismatch = textOf(end.response, 'status') === 'VersionMismatch';
      if (isMismatch && plan.kind === 'differential') {
        const again = full(wanted);
        if (again.kind === 'none') return 'later';
        return send(sync, { plan: again, wanted, limits, stationVersion: listVersion });
      }
      return refused(sync, { end, held: index === 0 ? list.held : held });
    }
    held = { version: listVersion, entries: afterPiece(held, changes) };
    await store(sync, held, 'waiting');
  }
  return ended(sync, held, 'synchronised');
}

function afterPiece(held: HeldList, changes: readonly WireListChange[]): readonly ListEntry[] {
  return applyChanges(held.entries, changes);
}

function refused(
  sync: Sync,
  { end, held }: { readonly end: Extract<CallEnd, { status: 'refused' }>; readonly held: HeldList },
): Promise<SyncEnd> {
  const isUnsupported =
    end.notSupported === true || textOf(end.response, 'status') === 'NotSupported';
  return ended(
    sync,
    held,
    isUnsupported ? 'not-supported' : 'failed',
    `SendLocalList: ${end.detail}`,
  );
}

async function ended(
  sync: Sync,
  held: HeldList,
  status: 'synchronised' | 'failed' | 'not-supported',
  detail?: string,
): Promise<SyncEnd> {
  await store(sync, held, status, detail);
  const { stationId } = sync.station;
  sync.deps.log.info({ stationId, status, detail, version: held.version }, 'local list');
  return status;
}

async function store(
  { deps, list }: Sync,
  held: HeldList,
  status: LocalList['status'],
  detail?: string,
): Promise<void> {
  const nowMs = deps.clock.nowMs();
  const synchronisedAtMs = status === 'synchronised' ? nowMs : list.synchronisedAtMs;
  await deps.store.upkeep.localLists.progress(list.stationId, {
    held,
    status,
    wantedAtMs: list.wantedAtMs,
    checkedAtMs: nowMs,
    ...(detail === undefined ? {} : { detail }),
    ...(synchronisedAtMs === undefined ? {} : { synchronisedAtMs }),
  });
}

function call(
  { deps, station }: Sync,
  request: Parameters<typeof callStation>[2],
): Promise<CallEnd> {
  return callStation(deps, station, request, ACTOR);
}
