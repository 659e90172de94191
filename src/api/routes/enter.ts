/** The one-time link of a demo: a code for an HttpOnly cookie, then the dashboard. */
import { Type } from 'typebox';
import type { App } from '../app.js';
import type { BrowserSessions } from '../auth/browser-sessions.js';
import { setSession } from '../auth/session-cookie.js';
import type { ApiContext } from '../context.js';
import { orUnavailable } from '../api-errors.js';
import { page } from '../page.js';

const Query = Type.Object({ code: Type.String({ minLength: 1, maxLength: 256 }) });

export function enter(app: App, api: ApiContext, sessions: BrowserSessions): void {
  app.get(
    '/enter',
    {
      config: { access: 'open' },
      exposeHeadRoute: false,
      schema: { hide: true, querystring: Query },
    },
    async (request, reply) => {
      const token = await sessions.enter(request.query.code);
      if (token === undefined) {
        return reply
          .status(403)
          .type('text/html; charset=utf-8')
          .send(
            page('This link does not work', [
              'A link to the dashboard works once, in one browser, until the server stops.',
              'Start the server again for a new link, or use an API key.',
            ]),
          );
      }
      await noteEntry(api);
      setSession(reply, token, api.settings);
      return reply.redirect('/', 303);
    },
  );
}

async function noteEntry({ settings, store, clock }: ApiContext): Promise<void> {
  if (settings.enter === undefined) return;
  const { tenantId, actor } = settings.enter;
  const entry = { tenantId, actor, action: 'user.signed-in', target: actor, atMs: clock.nowMs() };
  await orUnavailable(store.audit.append(entry));
}
