/** Sites: create from a file, list, read, and the owner's limit. */
import { Type } from 'typebox';
import type { App } from '../app.js';
import { principal } from '../auth/authenticate.js';
import type { ApiContext } from '../context.js';
import { siteOf, sitesOf } from '../lookup.js';
import { invalid, Problem } from '../problem.js';
import { renderSite, siteFromFile } from '../render/site.js';
import { problems } from '../route-schema.js';
import { SiteParams } from '../schema/common.js';
import { SiteFileSchema, SiteSchema } from '../schema/site.js';
import { write } from '../write.js';
import { checkSite } from '../../sites/check-site.js';
import type { Site } from '../../sites/site.js';

const SiteList = Type.Object({ items: Type.Array(SiteSchema) }, { title: 'SiteList' });

export function sites(app: App, api: ApiContext): void {
  create(app, api);

  app.get(
    '/v1/sites',
    {
      config: { access: 'read' },
      schema: {
        summary: "The tenant's sites",
        tags: ['sites'],
        response: { 200: SiteList, ...problems('unauthenticated', 'forbidden') },
      },
    },
    async (request) => ({ items: sitesOf(api, principal(request)).map(renderSite) }),
  );

  app.get(
    '/v1/sites/:siteId',
    {
      config: { access: 'read' },
      schema: {
        summary: 'One site; the ETag is its version',
        tags: ['sites'],
        params: SiteParams,
        response: { 200: SiteSchema, ...problems('unauthenticated', 'forbidden', 'not-found') },
      },
    },
    async (request, reply) => {
      const site = siteOf(api, principal(request), request.params.siteId);
      return reply.header('etag', etagOf(site)).send(renderSite(site));
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
        tags: ['sites'],
        body: SiteFileSchema,
        response: {
          201: SiteSchema,
          ...problems('unauthenticated', 'forbidden', 'malformed-json', 'conflict', 'invalid'),
        },
      },
    },
    async (request, reply) => {
      const caller = principal(request);
      const named = request.body.tenantId;
      if (named !== undefined && named !== caller.tenantId) {
        throw invalid('/tenantId', "must be the credential's own tenant, or absent");
      }
      const site = siteFromFile(request.body, caller.tenantId);
      refuseViolations(site);
      refuseTaken(api, site);
      const { tenantId, id, version } = site;
      await write(
        api,
        {
          tenantId,
          siteId: id,
          actor: caller.actor,
          action: 'site.created',
          target: `site:${id}`,
          after: { version },
        },
        () => api.engine.addSite(site, caller.actor),
      );
      return reply
        .status(201)
        .header('location', `/v1/sites/${site.id}`)
        .header('etag', etagOf(site))
        .send(renderSite(site));
    },
  );
}

export function etagOf(site: Site): string {
  return `"${site.version}"`;
}

function refuseViolations(site: Site): void {
  const errors = checkSite(site).map(({ rule, field, message }) => ({
    pointer: field,
    detail: message,
    rule,
  }));
  const [first] = errors;
  if (first === undefined) return;
  throw new Problem('invalid', { detail: `${first.pointer}: ${first.detail}`, errors });
}

/** Ids of sites and stations are unique in the installation: a station connects by its id alone. */
function refuseTaken(api: ApiContext, site: Site): void {
  const others = api.engine.sites();
  if (others.some((other) => other.id === site.id)) {
    throw new Problem('conflict', { detail: `/id: a site ${site.id} exists` });
  }
  const taken = site.stations.find(({ id }) =>
    others.some((other) => other.stations.some((station) => station.id === id)),
  );
  if (taken !== undefined) {
    throw new Problem('conflict', { detail: `/stations: ${taken.id} belongs to another site` });
  }
}
