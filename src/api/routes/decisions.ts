import type { App } from '../app.js';
import { principal } from '../auth/authenticate.js';
import type { ApiContext } from '../context.js';
import { evseOf } from '../lookup.js';
import { renderBoundBy } from '../render/bound-by.js';
import { defined } from '../render/defined.js';
import { instant } from '../render/instant.js';
import { problems, READ_ONE } from '../route-schema.js';
import { PAGE_LIMIT_DEFAULT } from '../schema/common.js';
import { DecisionPage, DecisionQuery, EvseParams } from '../schema/decision.js';

/** Why an EVSE has been allowed what: one row per change. */
export function decisions(app: App, api: ApiContext): void {
  app.get(
    '/v1/evses/:evseId/decisions',
    {
      config: { access: 'read' },
      schema: {
        summary: 'Decisions of an EVSE with what bound them, newest first',
        tags: ['live'],
        params: EvseParams,
        querystring: DecisionQuery,
        response: { 200: DecisionPage, ...problems(...READ_ONE) },
      },
    },
    async (request) => {
      const caller = principal(request);
      const evse = evseOf(api, caller, request.params.evseId);
      const { limit = PAGE_LIMIT_DEFAULT, after } = request.query;
      const page = await api.store.decisions.list(
        defined({ tenantId: caller.tenantId, evseId: evse.id, limit, after }),
      );
      const items = page.items.map(({ evseId, sessionId, atMs, limitA, goalA, boundBy }) =>
        defined({
          evseId,
          sessionId,
          at: instant(atMs),
          limitA,
          goalA,
          boundBy: renderBoundBy(boundBy),
        }),
      );
      return defined({ items, next: page.next });
    },
  );
}
