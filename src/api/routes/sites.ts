/** Sites: create from a file, list, read, replace, delete. */
import { Type } from 'typebox';
import type { Site } from '../../sites/site.js';
import type { App } from '../app.js';
import { principal } from '../auth/authenticate.js';
import type { ApiContext } from '../context.js';
import { editSite, refuseHeld, refuseTaken, refuseViolations } from '../edit-site.js';
import { IfMatchHeaders, requireMatch, versionTag } from '../if-match.js';
import { listPage } from '../list-page.js';
import { siteOf, sitesOf } from '../lookup.js';
import { invalid, Problem } from '../problem.js';
import { renderSite, siteFromFile } from '../render/site.js';
import { problems, READ, READ_ONE, WRITE, WRITE_ONE } from '../route-schema.js';
import { DryRunQuery, PageOf, PageQuery, SiteParams } from '../schema/common.js';
import { EditQuery, SiteFileSchema, SiteSchema } from '../schema/site.js';
import { write } from '../write.js';

const SitePage = PageOf(SiteSchema, 'SitePage');
export const EDIT_PROBLEMS = [
  'unauthenticated',
  'forbidden',
  'malformed-json',
  'not-found',
  'conflict',
  'precondition-failed',
  'invalid',
  'precondition-required',
  'unavailable',
] as const;

export function sites(app: App, api: ApiContext): void {
  create(app, api);
  read(app, api);
  replace(app, api);
  remove(app, api);
}

function read(app: App, api: ApiContext): void {
  app.get(
    '/v1/sites',
    {
      config: { access: 'read' },
      schema: {
        summary: "The tenant's sites, by id",
        tags: ['sites'],
        querystring: Type.Object(PageQuery, { additionalProperties: false }),
        response: { 200: SitePage, ...problems(...READ) },
      },
    },
    async (request) => {
      const { items, ...more } = listPage(sitesOf(api, principal(request)), request.query);
      return { items: items.map(renderSite), ...more };
    },
  );

  app.get(
    '/v1/sites/:siteId',
    {
      config: { access: 'read' },
      schema: {
        summary: 'One site; the ETag is its version',
        tags: ['sites'],
        params: SiteParams,
        response: { 200: SiteSchema, ...problems(...READ_ONE) },
      },
    },
    async (request, reply) => {
      const site = siteOf(api, principal(request), request.params.siteId);
      return reply.header('etag', siteTag(site)).send(renderSite(site));
    },
  );
}

function create(app: App, api: ApiContext): void {
  app.post(
    '/v1/sites',
    {
      config: { access: 'admin' },
      schema: {
        summary: 'Create a site from its file',
        description:
          'Ids are never used again, so that what is kept of a deleted site stays its own.',
        tags: ['sites'],
        querystring: DryRunQuery,
        body: SiteFileSchema,
        response: {
          200: SiteSchema,
          201: SiteSchema,
          ...problems(...WRITE, 'conflict'),
        },
      },
    },
    async (request, reply) => {
      const caller = principal(request);
      refuseForeignTenant(request.body.tenantId, caller.tenantId);
      const site = siteFromFile(request.body, caller.tenantId);
      refuseViolations(site);
      if (api.register.claimed().some((other) => other.id === site.id)) {
        throw new Problem('conflict', { detail: `/id: a site ${site.id} exists` });
      }
      refuseTaken(api, site);
      if (request.query.dryRun === true) return reply.status(200).send(renderSite(site));
      const { tenantId, id: siteId, version } = site;
      const { actor } = caller;
      const target = `site:${siteId}`;
      const change = {
        tenantId,
        siteId,
        actor,
        action: 'site.created',
        target,
        after: { version },
      };
      await api.register.claiming(site, () =>
        write(api, change, () => api.engine.addSite(site, actor)),
      );
      return reply
        .status(201)
        .header('location', `/v1/sites/${site.id}`)
        .header('etag', siteTag(site))
        .send(renderSite(site));
    },
  );
}

function replace(app: App, api: ApiContext): void {
  app.put(
    '/v1/sites/:siteId',
    {
      config: { access: 'admin' },
      schema: {
        summary: 'Replace the whole file of a site',
        description:
          'Limits that fall cut at once. What is removed must not be able to draw; a station that is ' +
          'removed loses its credential and its connection.',
        tags: ['sites'],
        params: SiteParams,
        headers: IfMatchHeaders,
        querystring: EditQuery,
        body: SiteFileSchema,
        response: {
          200: SiteSchema,
          ...problems(...WRITE_ONE, 'precondition-failed', 'precondition-required'),
        },
      },
    },
    async (request, reply) => {
      const caller = principal(request);
      const { siteId } = request.params;
      const { body } = request;
      refuseForeignTenant(body.tenantId, caller.tenantId);
      if (body.id !== siteId) throw invalid('/id', `must be ${siteId}`);
      const site = await editSite(api, {
        caller,
        siteId,
        match: { ifMatch: request.headers['if-match'], etag: siteTag },
        query: request.query,
        action: 'site.replaced',
        target: `site:${siteId}`,
        after: body,
        change: (newest) => {
          if (body.supply !== newest.supply) throw invalid('/supply', `stays ${newest.supply}`);
          return siteFromFile(body, newest.tenantId);
        },
      });
      return reply.header('etag', siteTag(site)).send(renderSite(site));
    },
  );
}

function remove(app: App, api: ApiContext): void {
  app.delete(
    '/v1/sites/:siteId',
    {
      config: { access: 'admin' },
      schema: {
        summary: 'Delete a site; its stations lose their credentials and connections',
        description:
          'Sessions, decisions and the audit of it are kept, and its id is not used again.',
        tags: ['sites'],
        params: SiteParams,
        headers: IfMatchHeaders,
        querystring: EditQuery,
        response: {
          204: Type.Null(),
          ...problems(...WRITE_ONE, 'precondition-failed', 'precondition-required'),
        },
      },
    },
    async (request, reply) => {
      const caller = principal(request);
      const known = siteOf(api, caller, request.params.siteId);
      await api.register.edit(known.id, async (site) => {
        requireMatch(request.headers['if-match'], siteTag(site));
        refuseHeld(api, site, { site: { ...site, evses: [] }, ...request.query });
        if (request.query.dryRun === true) return site;
        const { tenantId, id: siteId, name, version } = site;
        const { actor } = caller;
        await write(
          api,
          {
            tenantId,
            siteId,
            actor,
            action: 'site.deleted',
            target: `site:${siteId}`,
            before: { name, version },
          },
          () => api.engine.removeSite(siteId, actor),
        );
        for (const { id } of site.stations) api.dismissStation(id);
        return site;
      });
      return reply.status(204).send(null);
    },
  );
}

export function siteTag(site: Site): string {
  return versionTag(site.version);
}

function refuseForeignTenant(named: string | undefined, own: string): void {
  if (named === undefined || named === own) return;
  throw invalid('/tenantId', "must be the credential's own tenant, or absent");
}
