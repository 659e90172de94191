import { Type } from 'typebox';
import type { App } from '../app.js';
import type { ApiContext } from '../context.js';
import { metrics } from '../metrics.js';
import { problems, READ } from '../route-schema.js';

export function prometheus(app: App, api: ApiContext): void {
  const { contentType, text } = metrics(api);
  app.get(
    '/metrics',
    {
      config: { access: api.settings.metricsAccess },
      schema: {
        summary: 'Metrics for Prometheus',
        tags: ['operations'],
        produces: ['text/plain'],
        response: {
          200: { content: { 'text/plain': { schema: Type.String() } } },
          ...problems(...READ),
        },
      },
    },
    async (_request, reply) => reply.type(contentType).send(await text()),
  );
}
