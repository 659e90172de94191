/** Reads what a plan is made from beside the engine's state: histories of the site and its tokens. */
import { DateTime } from 'luxon';
import type { SessionId } from '../../solver/index.js';
import type { SiteState } from '../control/state.js';
import { otherLoadNowW } from './current-import.js';
import type { Store } from '../store/ports.js';
import { quarterStartMs } from './demand-interval.js';
import { type Habit, habitOf } from './habits.js';
import type { PlanInput } from './plan-input.js';
import { siteForecast } from './site-forecast.js';
import { readSiteHistory } from './site-history.js';
import { storageNow, storagePowerW } from './storage-room.js';

export interface GatherStore {
  readonly powerHistory: Store['powerHistory'];
  readonly sessions: Pick<Store['sessions'], 'list'>;
  readonly storage: Pick<Store['storage'], 'reports'>;
}

/** Of a token, at this site. */
const PAST_SESSIONS = 20;

/** What a session's token did before; kept while the session runs. `undefined`: nothing to go by. */
export type KnownHabits = Map<SessionId, Habit | undefined>;

export async function gatherInput(
  store: GatherStore,
  state: SiteState,
  at: { readonly nowMs: number; readonly habits: KnownHabits },
): Promise<PlanInput> {
  const { site } = state;
  const { nowMs, habits } = at;
  const history = await readSiteHistory(store, site, nowMs);
  const reports = await storageReports(store, state);
  const netNowW = otherLoadNowW(state, nowMs) - storagePowerW(site, reports, nowMs);
  const { loadAt, pvAt } = siteForecast(site, state.signals.values(), { history, nowMs, netNowW });
  await readHabits(store, state, habits);
  return {
    state,
    nowMs,
    loadAt,
    pvAt,
    habits: new Map([...habits].flatMap(([id, it]) => (it === undefined ? [] : [[id, it]]))),
    ...(await peaksOf(store, state, nowMs)),
    storage: storageNow(state, reports, nowMs),
  };
}

async function storageReports(store: GatherStore, { site }: SiteState) {
  return (site.storage ?? []).length === 0 ? [] : store.storage.reports(site.id);
}

/** Asked once a session; sessions that are gone are forgotten. */
async function readHabits(
  store: GatherStore,
  { site, sessions }: SiteState,
  habits: KnownHabits,
): Promise<void> {
  for (const id of habits.keys()) if (!sessions.has(id)) habits.delete(id);
  for (const { id, phase, claim, idToken } of sessions.values()) {
    if (phase !== 'active' || claim !== undefined || idToken === undefined) continue;
    if (habits.has(id)) continue;
    const past = await store.sessions.list({
      tenantId: site.tenantId,
      siteId: site.id,
      idToken,
      phases: ['ended'],
      limit: PAST_SESSIONS,
    });
    habits.set(id, habitOf(past.items));
  }
}

/** Of the last month's peak: so much import comes again, most likely, and is not to be saved at first. */
const PEAK_HINT_FRACTION = 0.75;

/** Of the calendar month at the site, where a demand charge makes it count. */
async function peaksOf(
  store: GatherStore,
  { site }: SiteState,
  nowMs: number,
): Promise<Pick<PlanInput, 'peakSoFarW' | 'peakHintW' | 'importSoFarW'>> {
  if (!site.settings.demandCharge) return { peakSoFarW: 0 };
  const month = DateTime.fromMillis(nowMs, { zone: site.timeZone }).startOf('month');
  const fromMs = month.toMillis();
  const before = { fromMs: month.minus({ months: 1 }).toMillis(), untilMs: fromMs };
  const quarterMs = quarterStartMs(nowMs);
  const running = { siteId: site.id, kind: 'import', sinceMs: quarterMs } as const;
  return {
    importSoFarW: (await store.powerHistory.read(running))[0]?.powerW,
    peakSoFarW: await store.powerHistory.peakW(site.id, { fromMs, untilMs: quarterMs }),
    peakHintW: PEAK_HINT_FRACTION * (await store.powerHistory.peakW(site.id, before)),
  };
}
