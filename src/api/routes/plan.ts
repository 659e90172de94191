/** What the site plans to do, and why. */
import type { Static } from 'typebox';
import type { SiteState } from '../../control/state.js';
import { demandCapNow } from '../../planning/demand-cap.js';
import { currencyClash } from '../../planning/money.js';
import { planSentence, planWarning, sitePlanSentence } from '../../planning/plan-sentence.js';
import { plannedTarget, type SessionPlan, type SitePlan } from '../../planning/site-plan.js';
import { moneyText } from '../../signals/money.js';
import type { App } from '../app.js';
import { principal } from '../auth/authenticate.js';
import type { ApiContext } from '../context.js';
import { siteOf } from '../lookup.js';
import { Problem } from '../problem.js';
import { defined } from '../render/defined.js';
import { instant, instantOrNone } from '../render/instant.js';
import { problems, READ_ONE } from '../route-schema.js';
import { SiteParams } from '../schema/common.js';
import { PlanSchema } from '../schema/plan.js';

export function plan(app: App, api: ApiContext): void {
  app.get(
    '/v1/sites/:siteId/plan',
    {
      config: { access: 'read' },
      schema: {
        summary: 'The plan of a site: who charges when, by when it is finished, what it costs',
        tags: ['planning'],
        params: SiteParams,
        response: { 200: PlanSchema, ...problems(...READ_ONE) },
      },
    },
    async (request) => {
      const { id } = siteOf(api, principal(request), request.params.siteId);
      const state = api.engine.state(id);
      if (state === undefined) {
        throw new Problem('unavailable', { detail: 'the site has not been computed yet' });
      }
      return renderPlan(state, api.clock.nowMs());
    },
  );
}

function renderPlan(state: SiteState, nowMs: number): Static<typeof PlanSchema> {
  const { solver = 'auto' } = state.site.settings;
  const made = state.plan;
  return defined({
    sentence: sitePlanSentence(made, solver, nowMs),
    warning: planWarning(currencyClash(state)),
    solver,
    engine: made?.engine,
    madeAt: instantOrNone(made?.madeAtMs),
    staleAt: instantOrNone(made?.staleAtMs),
    horizonEndsAt: instantOrNone(made?.horizonEndsAtMs),
    currency: made?.currency,
    cost: costOrNone(made?.costMicros),
    peakW: made?.peakW,
    vehiclesMaxW: demandCapNow(made, nowMs)?.vehiclesW,
    sessions: (made?.sessions ?? []).map((it) => renderSession(state, made, it, nowMs)),
    storage: (made?.storage ?? []).map(({ storageId, steps }) => ({
      storageId,
      steps: steps.map(({ fromMs, powerW }) => ({ at: instant(fromMs), powerW })),
    })),
  });
}

function renderSession(
  { site, sessions }: SiteState,
  made: SitePlan | undefined,
  own: SessionPlan,
  nowMs: number,
): Static<typeof PlanSchema>['sessions'][number] {
  const session = sessions.get(own.sessionId);
  const { need, steps } = own;
  return defined({
    sessionId: own.sessionId,
    evseId: own.evseId,
    source: need.source,
    energyWh: need.energyWh,
    departureAt: instant(need.departureAtMs),
    plannedWh: own.plannedWh,
    finishedAt: instantOrNone(own.finishedAtMs),
    cost: costOrNone(own.costMicros),
    targetA: session && plannedTarget(made, session, nowMs)?.targetA,
    targetIsMax: own.targetIsMax,
    sentence: session && planSentence(made, session, { nowMs, timeZone: site.timeZone }),
    steps: steps.map(({ fromMs, targetA }) => ({ at: instant(fromMs), targetA })),
  });
}

function costOrNone(micros: number | undefined): string | undefined {
  return micros === undefined ? undefined : moneyText(micros);
}
