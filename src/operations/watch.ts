/** Looks at every site of this process once a minute and brings the faults inbox up to date. */
import { setImmediate } from 'node:timers/promises';
import type { SiteId } from '../../solver/index.js';
import type { Effect, SiteState } from '../control/state.js';
import type { EngineDoor } from '../api/ports.js';
import type { Clock, Log } from '../platform/ports.js';
import type { Site } from '../sites/site.js';
import type { Condition } from '../store/operations/fault-ports.js';
import type { DayFigures } from '../store/operations/figure-ports.js';
import type { OperationsStore } from '../store/operations/ports.js';
import { LASTING_KINDS, lastingConditions, SILENT_AFTER_MS } from './conditions.js';
import { alarmIncident, PASSING_KINDS, QUIET_AFTER_MS, recordIncidents } from './incidents.js';
import { PREDICTED_KINDS, predictedTrouble } from './predict.js';

export interface WatchDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly engine: Pick<EngineDoor, 'sites' | 'state'>;
  readonly store: Pick<OperationsStore, 'faults' | 'figures'>;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const TREND_DAYS = 28;
const DAYS_PER_READ = 7;
const RECORDS_PER_LOOK = 500;

/** One look at all sites; a site that fails does not keep the others from being looked at. */
export async function lookAtSites(deps: WatchDeps): Promise<void> {
  const { engine, store, clock, log } = deps;
  for (const site of engine.sites()) {
    const state = engine.state(site.id);
    if (state === undefined) continue;
    await lookAtSite(deps, state).catch((error: unknown) => {
      log.warn({ site: site.id, err: String(error) }, 'faults not looked for');
    });
  }
  const nowMs = clock.nowMs();
  await store.faults.solveQuiet(PASSING_KINDS, nowMs - QUIET_AFTER_MS, nowMs);
}

async function lookAtSite({ clock, store }: WatchDeps, state: SiteState): Promise<void> {
  const { figures, faults } = store;
  const { id: siteId, tenantId } = state.site;
  const nowMs = clock.nowMs();
  const [openedLastHour, talliesLastDay, clockOffsets, silent, wholeFaulted] = await Promise.all([
    figures.opened(siteId, nowMs - HOUR_MS),
    figures.tallies(siteId, nowMs - DAY_MS),
    figures.clockOffsets(siteId, nowMs - DAY_MS),
    figures.silent(siteId, nowMs - SILENT_AFTER_MS),
    figures.wholeFaulted(siteId),
  ]);
  const counted = { openedLastHour, talliesLastDay, clockOffsets, silent, wholeFaulted };
  const scope = { tenantId, siteId };
  const conditions = lastingConditions(state, counted, nowMs);
  await faults.reconcile(scope, LASTING_KINDS, conditions, nowMs);
  await readRecords({ store }, state.site, nowMs);
}

/** A crash between the two writes counts a record twice, and loses none. */
async function readRecords(
  { store }: Pick<WatchDeps, 'store'>,
  { id: siteId, tenantId }: Site,
  nowMs: number,
): Promise<void> {
  const { figures, faults } = store;
  const mark = `records ${siteId}`;
  for (;;) {
    const records = await figures.records(siteId, await faults.mark(mark), RECORDS_PER_LOOK);
    const last = records.at(-1);
    if (last === undefined) return;
    await faults.occur({ tenantId, siteId }, recordIncidents(records), nowMs);
    await faults.setMark(mark, last.id);
    if (records.length < RECORDS_PER_LOOK) return;
  }
}

/** Trends change by the day: looked for once an hour. */
export async function lookForTrends({ engine, store, clock, log }: WatchDeps): Promise<void> {
  const nowMs = clock.nowMs();
  const toMs = Math.floor(nowMs / DAY_MS) * DAY_MS;
  for (const { id: siteId, tenantId } of engine.sites()) {
    try {
      const conditions = await trendsOf(store.figures, siteId, toMs);
      await store.faults.reconcile({ tenantId, siteId }, PREDICTED_KINDS, conditions, nowMs);
    } catch (error) {
      log.warn({ site: siteId, err: String(error) }, 'trends not looked for');
    }
  }
}

/** In pieces: neither SQL nor this process may be held up by a site of thousands of stations. */
async function trendsOf(
  figures: OperationsStore['figures'],
  siteId: SiteId,
  toMs: number,
): Promise<readonly Condition[]> {
  const stations = new Map<string, DayFigures[]>();
  for (let days = TREND_DAYS; days > 0; days -= DAYS_PER_READ) {
    const fromMs = toMs - days * DAY_MS;
    for (const day of await figures.days(siteId, fromMs, fromMs + DAYS_PER_READ * DAY_MS)) {
      const known = stations.get(day.stationId);
      if (known === undefined) stations.set(day.stationId, [day]);
      else known.push(day);
    }
  }
  const conditions: Condition[] = [];
  for (const own of stations.values()) {
    conditions.push(...predictedTrouble(own, toMs));
    await setImmediate();
  }
  return conditions;
}

/** An alarm of the engine that no state shows. */
export async function noteAlarm(
  { clock, log, store }: WatchDeps,
  site: Site,
  alarm: Extract<Effect, { type: 'alarm' }>,
): Promise<void> {
  const incident = alarmIncident(site, alarm);
  if (incident === undefined) return;
  const scope = { tenantId: site.tenantId, siteId: site.id };
  await store.faults.occur(scope, [incident], clock.nowMs()).catch((error: unknown) => {
    log.warn({ site: site.id, err: String(error) }, 'alarm not kept');
  });
}
