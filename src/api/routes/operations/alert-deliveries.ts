/** What has been told, what waits, what failed; and to tell it again. */
import type { AlertDelivery } from '../../../store/operations/alert-ports.js';
import { orUnavailable } from '../../api-errors.js';
import type { App } from '../../app.js';
import { principal } from '../../auth/authenticate.js';
import type { ApiContext } from '../../context.js';
import { Problem } from '../../problem.js';
import { defined } from '../../render/defined.js';
import { instant, instantOrNone } from '../../render/instant.js';
import { problems, READ, WRITE_ONE } from '../../route-schema.js';
import {
  type DeliveryBody,
  DeliveryPage,
  DeliveryParams,
  DeliveryQuery,
  DeliveryTaken,
} from '../../schema/alert.js';
import { PAGE_LIMIT_DEFAULT } from '../../schema/common.js';

export function alertDeliveries(app: App, api: ApiContext): void {
  app.get(
    '/v1/alert-deliveries',
    {
      config: { access: 'read' },
      schema: {
        summary: 'Deliveries of alerts, newest first',
        tags: ['alerts'],
        querystring: DeliveryQuery,
        response: { 200: DeliveryPage, ...problems(...READ) },
      },
    },
    async (request) => {
      const { tenantId } = principal(request);
      const { channelId, state, limit = PAGE_LIMIT_DEFAULT, after } = request.query;
      const { deliveries } = api.store.operations.alerts;
      const page = await deliveries.list(defined({ tenantId, channelId, state, limit, after }));
      return defined({ items: page.items.map(renderDelivery), next: page.next });
    },
  );
  app.post(
    '/v1/alert-deliveries/:deliveryId/resend',
    {
      config: { access: 'write' },
      schema: {
        summary: 'Send a delivery again, with the same id and body',
        tags: ['alerts'],
        params: DeliveryParams,
        response: {
          202: DeliveryTaken,
          ...problems(...WRITE_ONE),
        },
      },
    },
    async (request, reply) => {
      const { tenantId, actor } = principal(request);
      const { deliveryId } = request.params;
      const { deliveries } = api.store.operations.alerts;
      const nowMs = api.realNowMs();
      const isDue = await orUnavailable(deliveries.resend(tenantId, deliveryId, nowMs, actor));
      if (!isDue) {
        const detail = `no delivery ${deliveryId} that has ended`;
        throw new Problem('not-found', { detail });
      }
      api.hintDelivery?.(deliveryId);
      return reply.status(202).send({ deliveryId });
    },
  );
}

function renderDelivery(delivery: AlertDelivery): DeliveryBody {
  const { id, channelId, ruleId, type, state, attempts, dueAtMs, lastStatus, lastError } = delivery;
  return {
    id,
    channelId,
    type,
    state,
    attempts,
    dueAt: instant(dueAtMs),
    createdAt: instant(delivery.createdAtMs),
    ...defined({
      ruleId,
      lastStatus,
      lastError,
      endedAt: instantOrNone(delivery.endedAtMs),
      payload: delivery.payload,
    }),
  };
}
