/** The owner's limit on import, and what the site is called: only by who has seen the present one. */
import { watts } from '../../../solver/index.js';
import type { Site } from '../../sites/site.js';
import type { App } from '../app.js';
import { principal } from '../auth/authenticate.js';
import type { ApiContext } from '../context.js';
import { editSite } from '../edit-site.js';
import { IfMatchHeaders } from '../if-match.js';
import { limitEffect } from '../limit-effect.js';
import { siteOf } from '../lookup.js';
import { Problem } from '../problem.js';
import { renderSite } from '../render/site.js';
import { problems } from '../route-schema.js';
import { DryRunQuery, SiteParams } from '../schema/common.js';
import { type SitePatch, SitePatchedSchema, SitePatchSchema } from '../schema/site.js';
import { EDIT_PROBLEMS, siteTag } from './sites.js';

export function importLimit(app: App, api: ApiContext): void {
  app.patch(
    '/v1/sites/:siteId',
    {
      config: { access: 'write' },
      schema: {
        summary: "Change the owner's limit on import, the name or the time zone",
        tags: ['sites'],
        params: SiteParams,
        querystring: DryRunQuery,
        headers: IfMatchHeaders,
        body: SitePatchSchema,
        response: { 200: SitePatchedSchema, ...problems(...EDIT_PROBLEMS) },
      },
    },
    async (request, reply) => {
      const caller = principal(request);
      const patch = request.body;
      const known = siteOf(api, caller, request.params.siteId);
      const before = known.importLimitW ?? null;
      const { from, to } = patch.importLimitW ?? { from: before, to: before };
      const effect = limitEffect(api.engine.live(known.id), from, to);
      const isLimit = patch.importLimitW !== undefined;
      const site = await editSite(api, {
        caller,
        siteId: known.id,
        match: { ifMatch: request.headers['if-match'], etag: siteTag },
        query: request.query,
        action: isLimit ? 'site.import-limit-changed' : 'site.renamed',
        target: `site:${known.id}`,
        before: { importLimitW: from, name: known.name, timeZone: known.timeZone },
        after: { ...patch, ...(isLimit ? { importLimitW: to } : {}) },
        change: (newest) => patched(newest, patch),
      });
      const dryRun = request.query.dryRun ?? false;
      const shown = dryRun ? siteOf(api, caller, known.id) : site;
      return reply.header('etag', siteTag(shown)).send({ dryRun, site: renderSite(shown), effect });
    },
  );
}

function patched(site: Site, { importLimitW, name, timeZone }: SitePatch): Site {
  const named = { ...site, name: name ?? site.name, timeZone: timeZone ?? site.timeZone };
  if (importLimitW === undefined) return named;
  const current = site.importLimitW ?? null;
  if (importLimitW.from !== current) {
    throw new Problem('conflict', {
      detail: `importLimitW is ${current ?? 'not set'}, not ${importLimitW.from ?? 'absent'}`,
      errors: [{ pointer: '/importLimitW/from', detail: `must be ${JSON.stringify(current)}` }],
    });
  }
  const { importLimitW: _, ...rest } = named;
  return importLimitW.to === null ? rest : { ...rest, importLimitW: watts(importLimitW.to) };
}
