import type { App } from '../app.js';
import { principal } from '../auth/authenticate.js';
import type { ApiContext } from '../context.js';
import { priceCurrency, refuseOtherCurrency } from '../currencies.js';
import { editSite } from '../edit-site.js';
import { contentTag, IfMatchHeaders } from '../if-match.js';
import { siteOf } from '../lookup.js';
import { renderSite, settingsOf } from '../render/site.js';
import { problems, READ_ONE } from '../route-schema.js';
import { DryRunQuery, SiteParams } from '../schema/common.js';
import { SettingsPatchSchema, SettingsShown } from '../schema/site.js';
import type { Site } from '../../sites/site.js';
import { EDIT_PROBLEMS } from './sites.js';

/** Fallbacks, leases and what else the engine keeps to. */
export function siteSettings(app: App, api: ApiContext): void {
  app.get(
    '/v1/sites/:siteId/settings',
    {
      config: { access: 'read' },
      schema: {
        summary: "The settings of a site's engine",
        tags: ['sites'],
        params: SiteParams,
        response: { 200: SettingsShown, ...problems(...READ_ONE) },
      },
    },
    async (request, reply) => {
      const site = siteOf(api, principal(request), request.params.siteId);
      return reply.header('etag', settingsTag(site)).send(renderSite(site).settings);
    },
  );

  app.patch(
    '/v1/sites/:siteId/settings',
    {
      config: { access: 'admin' },
      schema: {
        summary: 'Change settings; those that are absent stay',
        description:
          'Another fallback (F0) is installed and read back at every station, EVSE by EVSE; a higher ' +
          'one only while there is room for it.',
        tags: ['sites'],
        params: SiteParams,
        headers: IfMatchHeaders,
        querystring: DryRunQuery,
        body: SettingsPatchSchema,
        response: { 200: SettingsShown, ...problems(...EDIT_PROBLEMS) },
      },
    },
    async (request, reply) => {
      const caller = principal(request);
      const { siteId } = request.params;
      const before = siteOf(api, caller, siteId).settings;
      const site = await editSite(api, {
        caller,
        siteId,
        match: { ifMatch: request.headers['if-match'], etag: settingsTag },
        query: request.query,
        action: 'site.settings-changed',
        target: `site:${siteId}`,
        before,
        after: request.body,
        pointerOf: () => '/settings',
        change: (newest) => {
          const demandCharge = request.body.demandCharge?.currency;
          const signals = api.engine.state(newest.id)?.signals.values() ?? [];
          const prices = priceCurrency(signals, api.clock.nowMs());
          refuseOtherCurrency({ demandCharge, prices }, '/demandCharge/currency');
          return { ...newest, settings: settingsOf(request.body, newest.settings) };
        },
      });
      return reply.header('etag', settingsTag(site)).send(renderSite(site).settings);
    },
  );
}

function settingsTag(site: Site): string {
  return contentTag(site.settings);
}
