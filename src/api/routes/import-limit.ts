/** The owner's limit on import: changed only by somebody who has seen the present one. */
import { Type } from 'typebox';
import { watts } from '../../../solver/index.js';
import type { Site } from '../../sites/site.js';
import type { App } from '../app.js';
import { principal } from '../auth/authenticate.js';
import type { ApiContext } from '../context.js';
import { limitEffect } from '../limit-effect.js';
import { siteOf } from '../lookup.js';
import { Problem } from '../problem.js';
import { renderSite } from '../render/site.js';
import { problems } from '../route-schema.js';
import { SiteParams } from '../schema/common.js';
import { SitePatchedSchema, SitePatchSchema } from '../schema/site.js';
import { write } from '../write.js';
import { etagOf } from './sites.js';

const Query = Type.Object(
  {
    dryRun: Type.Optional(
      Type.Boolean({ description: 'True: show the effect and change nothing.' }),
    ),
  },
  { additionalProperties: false },
);
const Headers = Type.Object({
  'if-match': Type.Optional(Type.String({ description: 'The ETag of the site as you read it.' })),
});

export function importLimit(app: App, api: ApiContext): void {
  app.patch(
    '/v1/sites/:siteId',
    {
      config: { access: 'write' },
      schema: {
        summary: "Change the owner's limit on import",
        tags: ['sites'],
        params: SiteParams,
        querystring: Query,
        headers: Headers,
        body: SitePatchSchema,
        response: {
          200: SitePatchedSchema,
          ...problems(
            'unauthenticated',
            'forbidden',
            'malformed-json',
            'not-found',
            'conflict',
            'precondition-failed',
            'invalid',
            'precondition-required',
            'unavailable',
          ),
        },
      },
    },
    async (request, reply) => {
      const caller = principal(request);
      const { from, to } = request.body.importLimitW;
      const known = siteOf(api, caller, request.params.siteId);
      const ifMatch = request.headers['if-match'];
      if (ifMatch === undefined) throw new Problem('precondition-required');
      const dryRun = request.query.dryRun ?? false;

      const effect = limitEffect(api.engine.live(known.id), from, to);
      const site = await api.register.edit(known.id, async (newest) => {
        refuseStale(newest, ifMatch, from);
        if (dryRun) return newest;
        const edited = withLimit(newest, to);
        await commit(api, edited, caller.actor, from, to);
        return edited;
      });
      if (site === undefined) throw new Problem('not-found');
      return reply.header('etag', etagOf(site)).send({ dryRun, site: renderSite(site), effect });
    },
  );
}

function refuseStale(site: Site, ifMatch: string, from: number | null): void {
  const etag = etagOf(site);
  const named = ifMatch.split(',').map((tag) => tag.trim());
  if (!named.includes(etag) && !named.includes('*')) {
    throw new Problem('precondition-failed', {
      detail: `the site is at ${etag}, If-Match says ${ifMatch.slice(0, 100)}`,
    });
  }
  const current = site.importLimitW ?? null;
  if (from !== current) {
    throw new Problem('conflict', {
      detail: `importLimitW is ${current ?? 'not set'}, not ${from ?? 'absent'}`,
      errors: [{ pointer: '/importLimitW/from', detail: `must be ${JSON.stringify(current)}` }],
    });
  }
}

function withLimit(site: Site, toW: number | null): Site {
  const { importLimitW: _, ...rest } = site;
  const version = site.version + 1;
  return toW === null ? { ...rest, version } : { ...rest, importLimitW: watts(toW), version };
}

async function commit(
  api: ApiContext,
  site: Site,
  actor: string,
  from: number | null,
  to: number | null,
): Promise<void> {
  await write(
    api,
    {
      tenantId: site.tenantId,
      siteId: site.id,
      actor,
      action: 'site.import-limit-changed',
      target: `site:${site.id}`,
      before: { importLimitW: from, version: site.version - 1 },
      after: { importLimitW: to, version: site.version },
    },
    () => api.engine.submit(site.id, { type: 'site.edited', site, actor }),
  );
}
