/** The live picture of a site, once. */
import type { App } from '../app.js';
import { principal } from '../auth/authenticate.js';
import type { ApiContext } from '../context.js';
import { siteOf } from '../lookup.js';
import { Problem } from '../problem.js';
import { renderLive } from '../render/live.js';
import { problems, READ_ONE } from '../route-schema.js';
import { SiteParams } from '../schema/common.js';
import { LiveSiteSchema } from '../schema/live.js';

export function live(app: App, api: ApiContext): void {
  app.get(
    '/v1/sites/:siteId/live',
    {
      config: { access: 'read' },
      schema: {
        summary: 'Power, limit, ceiling and the reason of every limit, now',
        tags: ['live'],
        params: SiteParams,
        response: {
          200: LiveSiteSchema,
          ...problems(...READ_ONE),
        },
      },
    },
    async (request) => {
      const site = siteOf(api, principal(request), request.params.siteId);
      const picture = api.engine.live(site.id);
      if (picture === undefined) {
        throw new Problem('unavailable', { detail: 'the site has not been computed yet' });
      }
      return renderLive(picture, site, api.clock.speed);
    },
  );
}
