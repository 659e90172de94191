/** What a driver or an owner says that a session needs. */
import type { App } from '../app.js';
import { principal } from '../auth/authenticate.js';
import type { ApiContext } from '../context.js';
import { sessionOf } from '../lookup.js';
import { invalid, Problem } from '../problem.js';
import { instant } from '../render/instant.js';
import { renderSession } from '../render/session.js';
import { problems, WRITE_ONE } from '../route-schema.js';
import {
  CLAIM_AHEAD_MAX_DAYS,
  ClaimSchema,
  SessionParams,
  SessionSchema,
} from '../schema/session.js';
import { write } from '../write.js';

const DAY_MS = 86_400_000;

export function claims(app: App, api: ApiContext): void {
  app.put(
    '/v1/sessions/:sessionId/claim',
    {
      config: { access: 'write' },
      schema: {
        summary: 'Say when the vehicle leaves and what energy it wants',
        tags: ['sessions'],
        params: SessionParams,
        body: ClaimSchema,
        response: {
          200: SessionSchema,
          ...problems(...WRITE_ONE),
        },
      },
    },
    async (request) => {
      const caller = principal(request);
      const session = await sessionOf(api, caller, request.params.sessionId);
      if (session.phase === 'ended') {
        throw new Problem('conflict', { detail: 'the session has ended' });
      }
      const { departureAt, energyWh } = request.body;
      const nowMs = api.clock.nowMs();
      const departureAtMs = departureOf(departureAt, nowMs);
      const claim = { departureAtMs, energyWh, setAtMs: nowMs, actor: caller.actor };
      await write(
        api,
        {
          tenantId: caller.tenantId,
          siteId: session.siteId,
          actor: caller.actor,
          action: 'session.claim-set',
          target: `session:${session.id}`,
          ...(session.claim === undefined ? {} : { before: session.claim }),
          after: claim,
        },
        () =>
          api.engine.submit(session.siteId, { type: 'claim.set', sessionId: session.id, claim }),
      );
      return renderSession({ ...session, claim });
    },
  );
}

function departureOf(text: string, nowMs: number): number {
  const departureAtMs = Date.parse(text);
  const lastMs = nowMs + CLAIM_AHEAD_MAX_DAYS * DAY_MS;
  if (departureAtMs > nowMs && departureAtMs <= lastMs) return departureAtMs;
  throw invalid(
    '/departureAt',
    `must be after the site's time ${instant(nowMs)} and at most ${instant(lastMs)}`,
  );
}
