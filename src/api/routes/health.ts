import { Type } from 'typebox';
import type { App } from '../app.js';
import type { ApiContext } from '../context.js';
import { Problem } from '../problem.js';
import { problems } from '../route-schema.js';

const Health = Type.Object({ status: Type.Literal('ok') }, { title: 'Health' });
const Alive = Type.Object(
  {
    status: Type.Literal('ok'),
    eventLoopLagMs: Type.Number({ description: 'How late the latest timer was.' }),
  },
  { title: 'Alive' },
);

/**
 * `/livez` asks nobody: a lost database must not restart the service. `/readyz` asks SQL, and says no
 * while the service ends. Redis is asked by neither: the service goes on without it.
 */
export function health(app: App, api: ApiContext): void {
  const { health: life } = api.runtime;
  app.get(
    '/livez',
    {
      config: { access: 'open', rateLimit: false },
      schema: {
        summary: 'The process answers, and its event loop turns',
        tags: ['operations'],
        response: { 200: Alive, ...problems('unavailable') },
      },
    },
    async () => {
      const eventLoopLagMs = Math.round(life.loopLagMs());
      if (!life.isStuck()) return { status: 'ok' as const, eventLoopLagMs };
      throw new Problem('unavailable', {
        detail: `the event loop is late by ${eventLoopLagMs} ms, and has been for ten seconds`,
      });
    },
  );

  app.get(
    '/startupz',
    {
      config: { access: 'open', rateLimit: false },
      schema: {
        summary: 'The process has started',
        tags: ['operations'],
        response: { 200: Health, ...problems('unavailable') },
      },
    },
    async () => {
      if (life.phase() === 'starting') throw new Problem('unavailable', { detail: 'starting' });
      return { status: 'ok' as const };
    },
  );

  app.get(
    '/readyz',
    {
      config: { access: 'open' },
      schema: {
        summary: 'The process and its database answer, and it wants more work',
        tags: ['operations'],
        response: { 200: Health, ...problems('unavailable') },
      },
    },
    async () => {
      if (life.phase() !== 'ready') throw new Problem('unavailable', { detail: life.phase() });
      try {
        await api.store.ping();
      } catch (cause) {
        throw new Problem('unavailable', { detail: 'the database does not answer', cause });
      }
      return { status: 'ok' as const };
    },
  );
}
