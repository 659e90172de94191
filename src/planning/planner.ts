/**
 * Plans the sites of this process: every five minutes, and soon after something changed that a plan
 * depends on. What comes back is an event of the site; the engine never waits for it.
 */
import type { SiteId } from '../../solver/index.js';
import type { EngineDoor } from '../api/ports.js';
import type { SiteState } from '../control/state.js';
import type { Clock, Log } from '../platform/ports.js';
import { importNowW } from './current-import.js';
import { gatherInput, type GatherStore, type KnownHabits } from './gather.js';
import type { PlanInput } from './plan-input.js';
import { causeOf, planSite, type PlanSources } from './plan-site.js';
import { PLAN_EVERY_MS } from './plan-times.js';
import type { PlanPool } from './pool.js';

export interface PlannerDeps {
  readonly engine: Pick<EngineDoor, 'sites' | 'state' | 'submit'>;
  readonly store: GatherStore;
  readonly pool: PlanPool;
  readonly clock: Clock;
  readonly log: Log;
}

export interface Planner {
  /** A step of the site is committed: a look whether its plan is still of use. */
  changed(siteId: SiteId): void;
  /** What a plan of the site would be made from now; undefined: no such site here. */
  input(siteId: SiteId): Promise<PlanInput | undefined>;
  readonly pool: PlanPool;
  stop(): Promise<void>;
}

/** Arrivals come in bursts: what changes within this real time is one change. */
const DEBOUNCE_MS = 500;
/** Site time between two samples of the import of a site that is charged for its peak. */
const IMPORT_EVERY_MS = 60_000;

interface Planned {
  /** What the last plan was made from, as far as a change of it asks for another. */
  cause: string;
  seen: SiteState | undefined;
  debounce: NodeJS.Timeout | undefined;
  cancelNext: (() => void) | undefined;
  cancelImport: (() => void) | undefined;
  running: Promise<void> | undefined;
  isDue: boolean;
  readonly habits: KnownHabits;
}

export function createPlanner(deps: PlannerDeps): Planner {
  const { engine, store, pool, clock, log } = deps;
  const sources: PlanSources = { store, solve: (...asked) => pool.solve(...asked) };
  const planned = new Map<SiteId, Planned>();
  let isStopped = false;

  function changed(siteId: SiteId): void {
    const state = engine.state(siteId);
    if (isStopped) return;
    if (state === undefined) return forget(siteId);
    const own = planned.get(siteId) ?? opened(siteId);
    if (isSameView(own.seen, state)) return;
    own.seen = state;
    const cause = causeOf(state);
    if (cause === own.cause) return;
    own.cause = cause;
    own.debounce ??= setTimeout(() => {
      own.debounce = undefined;
      ask(siteId, own);
    }, DEBOUNCE_MS);
  }

  function opened(siteId: SiteId): Planned {
    const own: Planned = {
      cause: '',
      seen: undefined,
      debounce: undefined,
      cancelNext: undefined,
      cancelImport: undefined,
      running: undefined,
      isDue: false,
      habits: new Map(),
    };
    planned.set(siteId, own);
    noteImport(siteId, own);
    return own;
  }

  /** One at a time a site; what is asked meanwhile is one more after it. */
  function ask(siteId: SiteId, own: Planned): void {
    own.isDue = true;
    if (own.running !== undefined || isStopped) return;
    own.running = (async () => {
      while (own.isDue && !isStopped) {
        own.isDue = false;
        await planOnce(siteId, own).catch((error: unknown) => {
          log.warn({ site: siteId, err: String(error) }, 'not planned this time');
        });
      }
      own.running = undefined;
    })();
  }

  function askAgain(siteId: SiteId, own: Planned, atMs: number): void {
    own.cancelNext?.();
    own.cancelNext = clock.at(atMs, () => ask(siteId, own));
  }

  async function planOnce(siteId: SiteId, own: Planned): Promise<void> {
    const nowMs = clock.nowMs();
    askAgain(siteId, own, nowMs + PLAN_EVERY_MS);
    const state = engine.state(siteId);
    if (state === undefined) return;
    const end = await planSite(sources, state, { nowMs, habits: own.habits });
    if (planned.get(siteId) !== own) return;
    if (end.status === 'needless') return drop(siteId, state);
    askAgain(siteId, own, end.nextAtMs);
    if (end.plan === undefined) {
      log.warn({ site: siteId }, 'no plan passed its check: the allocator goes on alone');
    } else if (engine.state(siteId) !== undefined) {
      await engine.submit(siteId, { type: 'plan.made', plan: end.plan });
    }
  }

  async function drop(siteId: SiteId, { plan }: SiteState): Promise<void> {
    if (plan === undefined) return;
    await engine.submit(siteId, { type: 'plan.made', plan: undefined });
  }

  /** The peak is of what was drawn; a grid meter that reports would be truer, and may be added. */
  function noteImport(siteId: SiteId, own: Planned): void {
    const nowMs = clock.nowMs();
    const state = engine.state(siteId);
    own.cancelImport = clock.at(nowMs + IMPORT_EVERY_MS, () => noteImport(siteId, own));
    if (state === undefined || isStopped || !state.site.settings.demandCharge) return;
    const { site } = state;
    const root = site.circuits.find((it) => it.parentId === undefined);
    if (root === undefined || hasGridMeter(state)) return;
    const { id, tenantId } = site;
    const powerW = importNowW(state, nowMs);
    const sample = { siteId: id, tenantId, kind: 'import', circuitId: root.id } as const;
    store.powerHistory.add([{ ...sample, atMs: nowMs, powerW }]).catch((error: unknown) => {
      log.warn({ site: siteId, err: String(error) }, 'import not kept');
    });
  }

  function forget(siteId: SiteId): void {
    const own = planned.get(siteId);
    if (own === undefined) return;
    planned.delete(siteId);
    clearTimeout(own.debounce);
    own.cancelNext?.();
    own.cancelImport?.();
  }

  return {
    changed,
    pool,
    async input(siteId) {
      const state = engine.state(siteId);
      if (state === undefined) return undefined;
      const habits = planned.get(siteId)?.habits ?? new Map();
      return gatherInput(store, state, { nowMs: clock.nowMs(), habits });
    },
    async stop() {
      isStopped = true;
      const running = [...planned.values()].flatMap((it) => it.running ?? []);
      for (const siteId of planned.keys()) forget(siteId);
      await pool.stop();
      await Promise.all(running);
    },
  };
}

function isSameView(seen: SiteState | undefined, state: SiteState): boolean {
  return (
    seen?.site === state.site && seen.signals === state.signals && seen.sessions === state.sessions
  );
}

function hasGridMeter({ site }: SiteState): boolean {
  return site.meters?.some((it) => it.kind === 'grid') ?? false;
}
