/** The guaranteed ceiling of a site over the next hours, and what is kept back for whom. */
import { siteCeiling } from '../../sites/ceiling.js';
import type { App } from '../app.js';
import { principal } from '../auth/authenticate.js';
import type { ApiContext } from '../context.js';
import { siteOf } from '../lookup.js';
import { Problem } from '../problem.js';
import { renderCeiling } from '../render/ceiling.js';
import { problems } from '../route-schema.js';
import { CeilingQuery, HORIZON_DEFAULT_SEC, SiteCeilingSchema } from '../schema/ceiling.js';
import { SiteParams } from '../schema/common.js';

export function ceiling(app: App, api: ApiContext): void {
  app.get(
    '/v1/sites/:siteId/ceiling',
    {
      config: { access: 'read' },
      schema: {
        summary: 'What the site may draw at worst from now on, against its limits',
        description:
          'As if no message passed any more from now on. Limits and orders known ahead are in it; ' +
          'what is reserved is told for each EVSE, with its cause in words.',
        tags: ['live'],
        params: SiteParams,
        querystring: CeilingQuery,
        response: {
          200: SiteCeilingSchema,
          ...problems('unauthenticated', 'forbidden', 'not-found'),
        },
      },
    },
    async (request) => {
      const { id } = siteOf(api, principal(request), request.params.siteId);
      const { horizonSec = HORIZON_DEFAULT_SEC, detail = 'circuits' } = request.query;
      const state = api.engine.state(id);
      if (state === undefined) {
        throw new Problem('unavailable', { detail: 'the site has not been computed yet' });
      }
      return renderCeiling(siteCeiling(state, api.clock.nowMs(), horizonSec), detail);
    },
  );
}
