import { Type } from 'typebox';
import type { App } from '../app.js';
import type { ApiContext } from '../context.js';
import { Problem } from '../problem.js';
import { problems } from '../route-schema.js';

const Health = Type.Object({ status: Type.Literal('ok') }, { title: 'Health' });

/** `/livez` asks nobody: a lost database must not restart the service. `/readyz` asks SQL. */
export function health(app: App, api: ApiContext): void {
  app.get(
    '/livez',
    {
      config: { access: 'open', rateLimit: false },
      schema: {
        summary: 'The process answers',
        tags: ['operations'],
        response: { 200: Health },
      },
    },
    async () => ({ status: 'ok' as const }),
  );

  app.get(
    '/readyz',
    {
      config: { access: 'open' },
      schema: {
        summary: 'The process and its database answer',
        tags: ['operations'],
        response: { 200: Health, ...problems('unavailable') },
      },
    },
    async () => {
      try {
        await api.store.ping();
      } catch (cause) {
        throw new Problem('unavailable', { detail: 'the database does not answer', cause });
      }
      return { status: 'ok' as const };
    },
  );
}
