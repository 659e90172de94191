/** Sessions: list, read, what was measured, stop. */
import { siteId, stationId } from '../../../solver/index.js';
import type { SessionPhase } from '../../sessions/session.js';
import type { App } from '../app.js';
import { principal } from '../auth/authenticate.js';
import type { ApiContext } from '../context.js';
import { sessionOf, siteOf } from '../lookup.js';
import { Problem } from '../problem.js';
import { defined } from '../render/defined.js';
import { renderMeterValue, renderSession } from '../render/session.js';
import { problems, READ_ONE } from '../route-schema.js';
import { COMMAND_PROBLEMS, runCommand, stationTarget } from '../run-command.js';
import { CommandAnswer, CommandHeaders, CommandPending, CommandQuery } from '../schema/command.js';
import { PAGE_LIMIT_DEFAULT } from '../schema/common.js';
import {
  MeterValuePage,
  MeterValueQuery,
  SessionPage,
  SessionParams,
  SessionQuery,
  SessionSchema,
} from '../schema/session.js';

/** What the words of the query mean; undefined: any. */
const PHASES: Readonly<Record<string, readonly SessionPhase[] | undefined>> = {
  active: ['plugged', 'active', 'finished'],
  all: undefined,
  plugged: ['plugged'],
  charging: ['active'],
  finished: ['finished'],
  ended: ['ended'],
};

export function sessions(app: App, api: ApiContext): void {
  app.get(
    '/v1/sessions',
    {
      config: { access: 'read' },
      schema: {
        summary: 'Sessions, newest first',
        tags: ['sessions'],
        querystring: SessionQuery,
        response: { 200: SessionPage, ...problems(...READ_ONE) },
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
          phases: PHASES[query.state ?? 'all'],
          idToken: query.idToken,
          fromMs: query.from === undefined ? undefined : Date.parse(query.from),
          toMs: query.to === undefined ? undefined : Date.parse(query.to),
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
        response: { 200: SessionSchema, ...problems(...READ_ONE) },
      },
    },
    async (request) =>
      renderSession(await sessionOf(api, principal(request), request.params.sessionId)),
  );

  meterValues(app, api);
  stop(app, api);
}

function meterValues(app: App, api: ApiContext): void {
  app.get(
    '/v1/sessions/:sessionId/meter-values',
    {
      config: { access: 'read' },
      schema: {
        summary: 'What the station measured in a session, as it was reported',
        description: 'Ascending by time. Values are kept as long as the retention says.',
        tags: ['sessions'],
        params: SessionParams,
        querystring: MeterValueQuery,
        response: { 200: MeterValuePage, ...problems(...READ_ONE) },
      },
    },
    async (request) => {
      const caller = principal(request);
      const session = await sessionOf(api, caller, request.params.sessionId);
      const site = siteOf(api, caller, session.siteId);
      const evse = site.evses.find((each) => each.id === session.evseId);
      const page = await api.store.sessions.meterValues(
        defined({
          tenantId: caller.tenantId,
          session,
          evseNumber: evse?.evseNumber,
          limit: request.query.limit ?? PAGE_LIMIT_DEFAULT,
          after: request.query.after,
        }),
      );
      return defined({ items: page.items.map(renderMeterValue), next: page.next });
    },
  );
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
