/** What the routes of upkeep have in common: a station of the caller, online or not, and its pages. */
import { stationId as asStationId } from '../../solver/index.js';
import type { OcppVersion } from '../ocpp/messages.js';
import { hasCode } from '../platform/errors.js';
import type { Page } from '../store/ports.js';
import type { UpkeepQuery } from '../store/upkeep/ports.js';
import { type StationAt, stationAt } from '../upkeep/ports.js';
import { type CallEnd, onlineVersion } from '../upkeep/station-call.js';
import { orUnavailable } from './api-errors.js';
import type { Principal } from './auth/principal.js';
import type { ApiContext } from './context.js';
import { siteOfStation } from './lookup.js';
import { Problem } from './problem.js';
import { defined } from './render/defined.js';
import { PAGE_LIMIT_DEFAULT } from './schema/common.js';
import type { Change } from './write.js';

/** A station of the caller's tenant; 404 otherwise. */
export function stationOf(api: ApiContext, caller: Principal, id: string): StationAt {
  const site = siteOfStation(api, caller, id);
  return stationAt(api.upkeep, asStationId(id)) ?? { site, stationId: asStationId(id) };
}

/** The same, and 409 while it is offline. */
export function onlineStation(
  api: ApiContext,
  caller: Principal,
  id: string,
): { readonly station: StationAt; readonly version: OcppVersion } {
  const station = stationOf(api, caller, id);
  const version = onlineVersion(station);
  if (version === undefined) throw new Problem('station-offline', { detail: `${id} is offline` });
  return { station, version };
}

/** 409 where a request never left; everything else is told in the answer's own words. */
export function sent(end: CallEnd): Exclude<CallEnd, { status: 'not-sent' }> {
  if (end.status === 'not-sent') throw new Problem('conflict', { detail: end.detail });
  return end;
}

export function changeOf(
  { site }: StationAt,
  caller: Principal,
  what: Pick<Change, 'action' | 'target' | 'before' | 'after'>,
): Change {
  return { tenantId: caller.tenantId, siteId: site.id, actor: caller.actor, ...what };
}

export function queryOf(
  caller: Principal,
  query: { readonly stationId?: string; readonly limit?: number; readonly after?: string },
): UpkeepQuery {
  const { stationId, limit = PAGE_LIMIT_DEFAULT, after } = query;
  return defined({
    tenantId: caller.tenantId,
    limit,
    stationId: stationId === undefined ? undefined : asStationId(stationId),
    after,
  });
}

/** A page as it is answered; 400 for a cursor that is not ours. */
export async function pageOf<T, Body>(
  list: Promise<Page<T>>,
  render: (item: T) => Body,
): Promise<{ items: Body[]; next?: string }> {
  try {
    const { items, next } = await orUnavailable(list.catch(nameCursor));
    return { items: items.map(render), ...(next === undefined ? {} : { next }) };
  } catch (error) {
    throw error instanceof Problem ? error : new Problem('internal', { cause: error });
  }
}

function nameCursor(error: unknown): never {
  if (!hasCode(error, 'cursor-invalid')) throw error;
  const errors = [{ pointer: 'after', detail: 'must be `next` of the page before' }];
  throw new Problem('bad-request', { detail: 'after: must be `next` of the page before', errors });
}
