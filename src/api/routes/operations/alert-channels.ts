/** Where alerts go: addresses of people, receivers of webhooks. */
import { randomUUID } from 'node:crypto';
import { Type } from 'typebox';
import { checkedUrl } from '../../../outbound/outbound.js';
import { hasCode } from '../../../platform/errors.js';
import { newWebhookSecret, webhookSecretText } from '../../../signals/webhook.js';
import type { AlertChannel } from '../../../store/operations/alert-ports.js';
import { orUnavailable } from '../../api-errors.js';
import type { App } from '../../app.js';
import { principal } from '../../auth/authenticate.js';
import type { ApiContext } from '../../context.js';
import { invalid, Problem } from '../../problem.js';
import { defined } from '../../render/defined.js';
import { instant, instantOrNone } from '../../render/instant.js';
import { problems, READ, READ_ONE, WRITE_ONE } from '../../route-schema.js';
import {
  type ChannelBody,
  ChannelCreate,
  ChannelCreated,
  ChannelList,
  ChannelParams,
  ChannelSecret,
  DeliveryTaken,
} from '../../schema/alert.js';

const MAIL_ADDRESS = /^[^\s@<>,;:"()[\]\\]{1,64}@[A-Za-z0-9.-]{1,250}$/;

export function alertChannels(app: App, api: ApiContext): void {
  app.get(
    '/v1/alert-channels',
    {
      config: { access: 'read' },
      schema: {
        summary: 'Where alerts go',
        tags: ['alerts'],
        response: { 200: ChannelList, ...problems(...READ) },
      },
    },
    async (request) => {
      const { channels } = api.store.operations.alerts;
      return { items: (await channels.list(principal(request).tenantId)).map(renderChannel) };
    },
  );
  create(app, api);
  change(app, api);
  secrets(app, api);
  tests(app, api);
}

function create(app: App, api: ApiContext): void {
  app.post(
    '/v1/alert-channels',
    {
      config: { access: 'admin' },
      schema: {
        summary: 'Add a channel; the secret of a webhook is shown once',
        tags: ['alerts'],
        body: ChannelCreate,
        response: { 201: ChannelCreated, ...problems(...WRITE_ONE) },
      },
    },
    async (request, reply) => {
      const { tenantId, actor } = principal(request);
      const { kind, name, target } = request.body;
      checkTarget(kind, target);
      const secret = kind === 'webhook' ? newWebhookSecret() : undefined;
      const { channels } = api.store.operations.alerts;
      const channel = { id: randomUUID(), kind, name, target };
      const made = await orUnavailable(channels.create(tenantId, channel, secret, actor));
      const shown = secret === undefined ? undefined : webhookSecretText(secret);
      return reply
        .status(201)
        .header('location', `/v1/alert-channels/${made.id}`)
        .send(defined({ channel: renderChannel(made), secret: shown }));
    },
  );
}

/** What can be said without asking the network; the address is checked at each call. */
function checkTarget(kind: AlertChannel['kind'], target: string): void {
  if (kind === 'mail') {
    if (!MAIL_ADDRESS.test(target)) throw invalid('/target', 'is no mail address');
    return;
  }
  try {
    checkedUrl(target);
  } catch (error) {
    if (!hasCode(error, 'outbound-refused')) throw error;
    throw invalid('/target', error.message);
  }
}

function change(app: App, api: ApiContext): void {
  app.delete(
    '/v1/alert-channels/:channelId',
    {
      config: { access: 'admin' },
      schema: {
        summary: 'Remove a channel and its deliveries',
        tags: ['alerts'],
        params: ChannelParams,
        response: { 204: Type.Null(), ...problems(...READ_ONE) },
      },
    },
    async (request, reply) => {
      const { tenantId, actor } = principal(request);
      const { channelId } = request.params;
      const { channels } = api.store.operations.alerts;
      orNotFound(await orUnavailable(channels.remove(tenantId, channelId, actor)), channelId);
      return reply.status(204).send(null);
    },
  );
  app.post(
    '/v1/alert-channels/:channelId/enable',
    {
      config: { access: 'admin' },
      schema: {
        summary: 'Use a channel again that its receiver has ended (410)',
        tags: ['alerts'],
        params: ChannelParams,
        response: { 204: Type.Null(), ...problems(...WRITE_ONE) },
      },
    },
    async (request, reply) => {
      const { tenantId, actor } = principal(request);
      const { channelId } = request.params;
      const { channels } = api.store.operations.alerts;
      orNotFound(await orUnavailable(channels.enable(tenantId, channelId, actor)), channelId);
      return reply.status(204).send(null);
    },
  );
}

function secrets(app: App, api: ApiContext): void {
  app.post(
    '/v1/alert-channels/:channelId/rotate-secret',
    {
      config: { access: 'admin' },
      schema: {
        summary: 'Replace the secret of a webhook; both sign for a day',
        tags: ['alerts'],
        params: ChannelParams,
        response: { 200: ChannelSecret, ...problems(...WRITE_ONE) },
      },
    },
    async (request) => {
      const { tenantId, actor } = principal(request);
      const { channelId } = request.params;
      const { channels } = api.store.operations.alerts;
      const channel = await channels.find(tenantId, channelId);
      orNotFound(channel !== undefined, channelId);
      if (channel?.kind !== 'webhook') {
        throw new Problem('conflict', { detail: 'a mail address has no secret' });
      }
      const secret = newWebhookSecret();
      await orUnavailable(channels.rotate(tenantId, channelId, secret, actor));
      return { secret: webhookSecretText(secret) };
    },
  );
}

function tests(app: App, api: ApiContext): void {
  app.post(
    '/v1/alert-channels/:channelId/test',
    {
      config: { access: 'write' },
      schema: {
        summary: 'Send a test over a channel; look at the delivery for its end',
        tags: ['alerts'],
        params: ChannelParams,
        response: { 202: DeliveryTaken, ...problems(...WRITE_ONE) },
      },
    },
    async (request, reply) => {
      const { tenantId, actor } = principal(request);
      const { channelId } = request.params;
      const { channels, deliveries } = api.store.operations.alerts;
      orNotFound((await channels.find(tenantId, channelId)) !== undefined, channelId);
      const nowMs = api.realNowMs();
      // Somebody may delete the channel at this very moment.
      const made = deliveries.createTest(tenantId, channelId, nowMs, actor).catch(async (error) => {
        orNotFound((await channels.find(tenantId, channelId)) !== undefined, channelId);
        throw error;
      });
      const deliveryId = await orUnavailable(made);
      api.hintDelivery?.(deliveryId);
      return reply.status(202).send({ deliveryId });
    },
  );
}

function orNotFound(isThere: boolean, channelId: string): void {
  if (!isThere) throw new Problem('not-found', { detail: `no channel ${channelId}` });
}

function renderChannel(channel: AlertChannel): ChannelBody {
  const { id, kind, name, target, createdAtMs, disabledAtMs, disabledReason } = channel;
  return {
    id,
    kind,
    name,
    target,
    createdAt: instant(createdAtMs),
    ...defined({ disabledAt: instantOrNone(disabledAtMs), disabledReason }),
  };
}
