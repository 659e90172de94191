/** Questions about a site that change nothing. */
import type { Static } from 'typebox';
import {
  changedInput,
  type Outcome,
  outcomeOf,
  solverOfQuestions,
  type WhatIf,
} from '../../planning/what-if.js';
import type { PlannedVisit } from '../../planning/plan-input.js';
import { moneyText } from '../../signals/money.js';
import type { SessionId } from '../../../solver/index.js';
import type { SiteState } from '../../control/state.js';
import type { Site } from '../../sites/site.js';
import { orUnavailable } from '../api-errors.js';
import type { App } from '../app.js';
import { principal } from '../auth/authenticate.js';
import type { ApiContext } from '../context.js';
import { priceCurrency, refuseOtherCurrency } from '../currencies.js';
import { siteOf } from '../lookup.js';
import { type FieldError, Problem } from '../problem.js';
import { defined } from '../render/defined.js';
import { instant } from '../render/instant.js';
import { problems, WRITE_ONE } from '../route-schema.js';
import { SiteParams } from '../schema/common.js';
import { WhatIfAsked, WhatIfSchema } from '../schema/what-if.js';
import { toldOf } from './prices.js';

type Asked = Static<typeof WhatIfAsked>;

const AHEAD_MAX_MS = 36 * 3_600_000;
/** Of all kinds together. */
const VEHICLES_MAX = 1000;

export function whatIf(app: App, api: ApiContext): void {
  app.post(
    '/v1/sites/:siteId/what-if',
    {
      config: { access: 'read' },
      schema: {
        summary: 'What the site would serve with other limits, prices or vehicles',
        description:
          'Planned twice by the same solver: as it is, and as asked. Nothing is changed and nobody is ' +
          'told anything.',
        tags: ['planning'],
        params: SiteParams,
        body: WhatIfAsked,
        response: { 200: WhatIfSchema, ...problems(...WRITE_ONE) },
      },
    },
    async (request) => {
      const site = siteOf(api, principal(request), request.params.siteId);
      const nowMs = api.clock.nowMs();
      const sessions = api.engine.state(site.id)?.sessions;
      const errors = wrong(request.body, site, { nowMs, sessions });
      if (errors.length > 0) throw new Problem('invalid', { errors });
      refuseTwoCurrencies(api, site, request.body);
      const input = await orUnavailable(api.planner.input(site.id));
      if (input === undefined) {
        throw new Problem('unavailable', { detail: 'the site has not been computed yet' });
      }
      const solver = solverOfQuestions(site);
      const solve: Parameters<typeof outcomeOf>[1] = (problem, fair) =>
        api.planner.pool.solve(problem, solver, fair);
      // Both over one horizon: the vehicles asked about count in it as it is, with nothing wanted.
      const change = changeOf(request.body);
      const asked = changedInput(input, change);
      const untilMs = Math.max(nowMs, ...(change.visits ?? []).map((it) => it.departureAtMs));
      const [asItIs, asAsked] = await Promise.all([
        outcomeOf({ ...input, horizonMs: untilMs }, solve),
        outcomeOf(asked, solve),
      ]);
      if (asItIs === undefined || asAsked === undefined) {
        throw new Problem('unavailable', { detail: 'no plan passed its check; ask again' });
      }
      return {
        horizonEndsAt: instant(asAsked.horizonEndsAtMs),
        asItIs: shown(asItIs),
        asAsked: shown(asAsked),
      };
    },
  );
}

function wrong(
  { ratings = [], vehicles = [], withoutSessions = [] }: Asked,
  site: Site,
  { nowMs, sessions }: { nowMs: number; sessions: SiteState['sessions'] | undefined },
): FieldError[] {
  const isCircuit = (id: string): boolean => site.circuits.some((it) => it.id === id);
  const errors: FieldError[] = [];
  const detail = 'is not a circuit of this site';
  for (const [index, { circuitId }] of ratings.entries()) {
    if (!isCircuit(circuitId)) errors.push({ pointer: `/ratings/${index}/circuitId`, detail });
  }
  const left = withoutSessions === 'all' ? [] : withoutSessions;
  for (const [index, id] of left.entries()) {
    if (sessions?.get(id as SessionId)?.phase === 'active') continue;
    const unknown = 'is not a session that charges now';
    errors.push({ pointer: `/withoutSessions/${index}`, detail: unknown });
  }
  for (const [index, vehicle] of vehicles.entries()) {
    const at = `/vehicles/${index}`;
    if (!isCircuit(vehicle.circuitId)) errors.push({ pointer: `${at}/circuitId`, detail });
    const arrivalMs = Date.parse(vehicle.arrivalAt);
    if (arrivalMs < nowMs) {
      errors.push({ pointer: `${at}/arrivalAt`, detail: `must not be before ${instant(nowMs)}` });
    }
    const departureMs = Date.parse(vehicle.departureAt);
    const lastMs = nowMs + AHEAD_MAX_MS;
    if (departureMs <= arrivalMs || departureMs > lastMs) {
      const allowed = `must be after arrivalAt and at most ${instant(lastMs)}`;
      errors.push({ pointer: `${at}/departureAt`, detail: allowed });
    }
  }
  const count = vehicles.reduce((sum, it) => sum + (it.count ?? 1), 0);
  if (count > VEHICLES_MAX) {
    const allowed = `are ${count} in all; at most ${VEHICLES_MAX}`;
    errors.push({ pointer: '/vehicles', detail: allowed });
  }
  return errors;
}

function refuseTwoCurrencies(api: ApiContext, site: Site, { prices, demandCharge }: Asked): void {
  const signals = api.engine.state(site.id)?.signals.values() ?? [];
  const charged = demandCharge === undefined ? site.settings.demandCharge : demandCharge;
  refuseOtherCurrency(
    {
      demandCharge: charged?.currency,
      prices: prices?.currency ?? priceCurrency(signals, api.clock.nowMs()),
    },
    demandCharge === undefined ? '/prices/currency' : '/demandCharge/currency',
  );
}

function changeOf({ ratings, prices, vehicles = [], ...same }: Asked): WhatIf {
  return defined({
    ...same,
    ratings,
    prices: prices === undefined ? undefined : toldOf(prices),
    visits: vehicles.flatMap(({ count = 1, circuitId, energyWh, powerMaxW, ...when }) =>
      Array.from(
        { length: count },
        (): PlannedVisit => ({
          circuitId,
          energyWh,
          powerMaxW,
          arrivalAtMs: Date.parse(when.arrivalAt),
          departureAtMs: Date.parse(when.departureAt),
        }),
      ),
    ),
  });
}

function shown(outcome: Outcome) {
  const { vehicles, vehiclesServed, wantedWh, servedWh, unmetWh, peakW, currency } = outcome;
  const cost = outcome.costMicros === undefined ? undefined : moneyText(outcome.costMicros);
  const { demandCostMicros } = outcome;
  const demandCost = demandCostMicros === undefined ? undefined : moneyText(demandCostMicros);
  const figures = { vehicles, vehiclesServed, wantedWh, servedWh, unmetWh, peakW };
  const boundBy = outcome.boundBy.map((it) => ({ ...it }));
  return defined({ ...figures, boundBy, currency, cost, demandCost });
}
