/** A battery reports, and is told where its set-points go. */
import { newWebhookSecret, webhookSecretText } from '../../signals/webhook.js';
import { Type } from 'typebox';
import { checkedUrl } from '../../outbound/outbound.js';
import type { Site, SiteStorage } from '../../sites/site.js';
import { orUnavailable } from '../api-errors.js';
import type { App } from '../app.js';
import { principal } from '../auth/authenticate.js';
import type { ApiContext } from '../context.js';
import { siteOf } from '../lookup.js';
import { invalid, Problem } from '../problem.js';
import { instant } from '../render/instant.js';
import { problems, READ_ONE, WRITE_ONE } from '../route-schema.js';
import { SAMPLE_AHEAD_MAX_SEC } from '../schema/meter-samples.js';
import {
  StorageLinkAsked,
  StorageLinkMade,
  StorageParams,
  StorageTelemetry,
  StorageTelemetryTaken,
} from '../schema/storage.js';
import { write } from '../write.js';

export function storagePort(app: App, api: ApiContext): void {
  telemetry(app, api);
  link(app, api);
}

function telemetry(app: App, api: ApiContext): void {
  app.post(
    '/v1/sites/:siteId/storage/:partId/telemetry',
    {
      config: { access: 'write', logged: false },
      schema: {
        summary: 'What a battery measures',
        description:
          'At least every few minutes: a battery that is silent for five minutes is out of the plan, ' +
          'and no set-point is sent to it.',
        tags: ['planning'],
        params: StorageParams,
        body: StorageTelemetry,
        response: { 202: StorageTelemetryTaken, ...problems(...WRITE_ONE) },
      },
    },
    async (request, reply) => {
      const site = siteOf(api, principal(request), request.params.siteId);
      const { id, capacityWh } = storageOf(site, request.params.partId);
      const { at, energyWh, powerW } = request.body;
      const atMs = Date.parse(at);
      const latestMs = api.clock.nowMs() + SAMPLE_AHEAD_MAX_SEC * 1000;
      if (atMs > latestMs) throw invalid('/at', `must be at most ${instant(latestMs)}`);
      if (energyWh > capacityWh) throw invalid('/energyWh', `must be at most ${capacityWh}`);
      const owner = { siteId: site.id, tenantId: site.tenantId };
      const report = { storageId: id, atMs, energyWh, powerW };
      await orUnavailable(api.store.storage.report(owner, report));
      return reply.status(202).send({ accepted: true });
    },
  );
}

function link(app: App, api: ApiContext): void {
  app.put(
    '/v1/sites/:siteId/storage/:partId/link',
    {
      config: { access: 'admin' },
      schema: {
        summary: 'Where the set-points of a battery go; makes a new secret',
        tags: ['planning'],
        params: StorageParams,
        body: StorageLinkAsked,
        response: { 200: StorageLinkMade, ...problems(...WRITE_ONE) },
      },
    },
    async (request) => {
      const caller = principal(request);
      const site = siteOf(api, caller, request.params.siteId);
      const { id: storageId } = storageOf(site, request.params.partId);
      const { url } = request.body;
      refuseOdd(url);
      const secret = newWebhookSecret();
      const owner = { siteId: site.id, tenantId: site.tenantId };
      const action = 'storage-link.set';
      await write(api, { ...changeOf(site, caller.actor, storageId), action, after: { url } }, () =>
        api.store.storage.link(owner, { storageId, url, secret }, caller.actor),
      );
      return { url, secret: webhookSecretText(secret) };
    },
  );

  app.delete(
    '/v1/sites/:siteId/storage/:partId/link',
    {
      config: { access: 'admin' },
      schema: {
        summary: 'No set-points any more',
        tags: ['planning'],
        params: StorageParams,
        response: { 204: Type.Null(), ...problems(...READ_ONE) },
      },
    },
    async (request, reply) => {
      const caller = principal(request);
      const site = siteOf(api, caller, request.params.siteId);
      const { partId: storageId } = request.params;
      const action = 'storage-link.removed';
      const isGone = await write(api, { ...changeOf(site, caller.actor, storageId), action }, () =>
        api.store.storage.unlink(site.id, storageId),
      );
      if (!isGone) throw new Problem('not-found', { detail: `${storageId} has no link` });
      return reply.status(204).send(null);
    },
  );
}

function changeOf({ id: siteId, tenantId }: Site, actor: string, storageId: string) {
  return { siteId, tenantId, actor, target: `storage:${storageId}` };
}

function storageOf(site: Site, id: string): SiteStorage {
  const found = site.storage?.find((it) => it.id === id);
  if (found === undefined) throw new Problem('not-found', { detail: `no storage ${id}` });
  return found;
}

function refuseOdd(url: string): void {
  try {
    checkedUrl(url);
  } catch (error) {
    throw invalid('/url', error instanceof Error ? error.message : 'is not a URL');
  }
}
