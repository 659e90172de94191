/** Sessions: list, read, stop. */
import { siteId, stationId } from '../../../solver/index.js';
import type { App } from '../app.js';
import { principal } from '../auth/authenticate.js';
import type { ApiContext } from '../context.js';
import { sessionOf } from '../lookup.js';
import { Problem } from '../problem.js';
import { defined } from '../render/defined.js';
import { renderSession } from '../render/session.js';
import { problems } from '../route-schema.js';
import { COMMAND_PROBLEMS, runCommand, stationTarget } from '../run-command.js';
import { CommandAnswer, CommandHeaders, CommandPending, CommandQuery } from '../schema/command.js';
import { PAGE_LIMIT_DEFAULT } from '../schema/common.js';
import { SessionPage, SessionParams, SessionQuery, SessionSchema } from '../schema/session.js';

const READ_PROBLEMS = ['unauthenticated', 'forbidden', 'not-found'] as const;

export function sessions(app: App, api: ApiContext): void {
  app.get(
    '/v1/sessions',
    {
      config: { access: 'read' },
      schema: {
        summary: 'Sessions, newest first',
        tags: ['sessions'],
        querystring: SessionQuery,
        response: { 200: SessionPage, ...problems(...READ_PROBLEMS) },
      },
    },
    async (request) => {
      const { tenantId } = principal(request);
      const { query } = request;
      const page = await api.store.sessions.list(
        defined({
          tenantId,
          siteId: query.siteId === undefined ? undefined : siteId(query.siteId),
          stationId: query.stationId === undefined ? undefined : stationId(query.stationId),
          active: query.state === 'active' ? true : undefined,
          limit: query.limit ?? PAGE_LIMIT_DEFAULT,
          after: query.after,
        }),
      );
      return defined({ items: page.items.map(renderSession), next: page.next });
    },
  );

  app.get(
    '/v1/sessions/:sessionId',
    {
      config: { access: 'read' },
      schema: {
        summary: 'One session',
        tags: ['sessions'],
        params: SessionParams,
        response: { 200: SessionSchema, ...problems(...READ_PROBLEMS) },
      },
    },
    async (request) =>
      renderSession(await sessionOf(api, principal(request), request.params.sessionId)),
  );

  stop(app, api);
}

function stop(app: App, api: ApiContext): void {
  app.post(
    '/v1/sessions/:sessionId/stop',
    {
      config: { access: 'write' },
      schema: {
        summary: 'Ask the station to stop the transaction',
        tags: ['sessions'],
        params: SessionParams,
        querystring: CommandQuery,
        headers: CommandHeaders,
        response: {
          200: CommandAnswer,
          202: CommandPending,
          ...problems(...COMMAND_PROBLEMS, 'conflict'),
        },
      },
    },
    async (request, reply) => {
      const caller = principal(request);
      const session = await sessionOf(api, caller, request.params.sessionId);
      const { transactionId } = session;
      if (session.phase !== 'active' || transactionId === undefined) {
        throw new Problem('conflict', { detail: `no transaction runs: it is ${session.phase}` });
      }
      const target = stationTarget(api, request, session.stationId);
      const command = { kind: 'remote-stop', transactionId } as const;
      return runCommand(api, { request, reply }, { target, command });
    },
  );
}
