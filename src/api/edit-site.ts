/**
 * Every edit of a site goes this way: the newest version, what the caller has seen of it, the rules of
 * a site, what may not leave it now; then the audit, and one event for the engine.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { editRefusal } from '../control/fold-edited.js';
import { checkSite } from '../sites/check-site.js';
import type { StationId } from '../../solver/index.js';
import type { Site } from '../sites/site.js';
import type { Principal } from './auth/principal.js';
import type { ApiContext } from './context.js';
import { contentTag, requireMatch } from './if-match.js';
import { siteOf } from './lookup.js';
import { type FieldError, Problem } from './problem.js';
import { write } from './write.js';

export interface SiteEdit {
  readonly caller: Principal;
  readonly siteId: string;
  /** Of what the caller has read; absent where something is added. */
  readonly match?: { readonly ifMatch: string | undefined; etag(site: Site): string };
  readonly query: { readonly dryRun?: boolean; readonly deEnergised?: boolean };
  /** `noun.past-participle` and what it is about, for the audit. */
  readonly action: string;
  readonly target: string;
  readonly before?: unknown;
  readonly after?: unknown;
  /** Stations whose offline tests are recorded by this edit. */
  readonly retested?: readonly StationId[];
  /** Where the edited part stands in the site; its pointers are then relative to the body. */
  pointerOf?(site: Site): string;
  change(site: Site): Site;
}

const FOLDED_WITHIN_MS = 5000;
const LOOK_EVERY_MS = 10;

/** The site as it is after the edit, or would be. */
export async function editSite(api: ApiContext, edit: SiteEdit): Promise<Site> {
  const known = siteOf(api, edit.caller, edit.siteId);
  refuseElsewhere(api, known, 'nothing was changed');
  let shown: Site | undefined;
  await api.register.edit(known.id, async (newest) => {
    if (edit.match !== undefined) requireMatch(edit.match.ifMatch, edit.match.etag(newest));
    const site = { ...edit.change(newest), version: newest.version + 1 };
    refuseViolations(site, edit.pointerOf?.(site));
    refuseTaken(api, site);
    refuseHeld(api, newest, { site, ...edit.query });
    shown = site;
    if (edit.query.dryRun === true) return newest;
    await api.register.claiming(site, () => commit(api, edit, newest, site));
    return site;
  });
  if (shown === undefined) throw new Problem('not-found');
  return shown;
}

async function commit(api: ApiContext, edit: SiteEdit, newest: Site, site: Site): Promise<void> {
  const { caller, action, target, before, after, retested = [] } = edit;
  const { actor, tenantId } = caller;
  const isGone = evsesGone(newest, site);
  const deEnergised = edit.query.deEnergised === true ? isGone : [];
  await write(
    api,
    { tenantId, siteId: site.id, actor, action, target, ...valuesOf({ before, after }) },
    () => api.engine.submit(site.id, { type: 'site.edited', site, actor, deEnergised, retested }),
  );
  await folded(api, site);
  for (const { id } of newest.stations) {
    if (site.stations.some((it) => it.id === id)) continue;
    await api.store.stations.remove(id, actor);
    api.dismissStation(id);
  }
}

/**
 * The engine has the last word on what it may not lose: it sees what happened in between. Another process that
 * has claimed the site meanwhile may have a newer version, to which this edit does not belong.
 */
async function folded(api: ApiContext, site: Site): Promise<void> {
  for (let waitedMs = 0; waitedMs < FOLDED_WITHIN_MS; waitedMs += LOOK_EVERY_MS) {
    const now = api.engine.state(site.id)?.site;
    if (now !== undefined && now.version >= site.version) {
      if (now.version > site.version || contentTag(now) === contentTag(site)) return;
      throw new Problem('conflict', {
        detail: 'the state has changed meanwhile; nothing was changed',
      });
    }
    refuseElsewhere(api, site, 'read there whether it was changed');
    await sleep(LOOK_EVERY_MS);
  }
}

function refuseElsewhere(api: ApiContext, { id }: Site, outcome: string): void {
  if (!api.engine.isElsewhere(id)) return;
  throw new Problem('unavailable', { detail: `another process runs site ${id} now; ${outcome}` });
}

export function evsesGone(before: Site, after: Site) {
  return before.evses.map((it) => it.id).filter((id) => !after.evses.some((it) => it.id === id));
}

/** Throws `conflict` where the edit takes out what runs, may draw, or is being talked to. */
export function refuseHeld(
  api: ApiContext,
  newest: Site,
  edit: { readonly site: Site; readonly deEnergised?: boolean },
): void {
  const state = api.engine.state(newest.id);
  if (state === undefined) return;
  const gone = evsesGone(newest, edit.site);
  const deEnergised = edit.deEnergised === true ? gone : [];
  const view = { ...state, site: newest };
  const refusal = editRefusal(view, { site: edit.site, deEnergised }, api.clock.nowMs());
  if (refusal !== undefined) throw new Problem('conflict', { detail: refusal });
  if (edit.deEnergised === true) return;
  const leaving = newest.evses.filter((it) => gone.includes(it.id)).map((it) => it.stationId);
  const busy = [...state.pending.values()].find((it) => leaving.includes(it.stationId));
  if (busy === undefined) return;
  throw new Problem('conflict', { detail: `a command to ${busy.stationId} is on its way` });
}

export function refuseViolations(site: Site, at?: string): void {
  const errors = checkSite(site).map(
    ({ rule, field, message }): FieldError => ({
      pointer: at !== undefined && field.startsWith(at) ? field.slice(at.length) : field,
      detail: message,
      rule,
    }),
  );
  const [first] = errors;
  if (first === undefined) return;
  throw new Problem('invalid', { detail: `${first.pointer}: ${first.detail}`, errors });
}

/** Ids of stations are unique in the installation: a station connects by its id alone. */
export function refuseTaken(api: ApiContext, site: Site): void {
  const others = api.register.claimed().filter((other) => other.id !== site.id);
  const taken = site.stations.find(({ id }) =>
    others.some((other) => other.stations.some((station) => station.id === id)),
  );
  if (taken !== undefined) {
    throw new Problem('conflict', { detail: `/stations: ${taken.id} belongs to another site` });
  }
}

function valuesOf(values: { readonly before?: unknown; readonly after?: unknown }) {
  return {
    ...(values.before === undefined ? {} : { before: values.before }),
    ...(values.after === undefined ? {} : { after: values.after }),
  };
}
