import { Type } from 'typebox';
import { diagnose } from '../../../operations/diagnosis.js';
import { sessionFacts } from '../../../operations/session-facts.js';
import type { App } from '../../app.js';
import { principal } from '../../auth/authenticate.js';
import type { ApiContext } from '../../context.js';
import { evseOf, sessionOf } from '../../lookup.js';
import { problems, READ_ONE } from '../../route-schema.js';
import { Word } from '../../schema/common.js';
import { SessionParams } from '../../schema/session.js';

const SessionDiagnosis = Type.Object(
  {
    code: Word(
      [
        'charged',
        'running',
        'authorisation-refused',
        'never-authorised',
        'station-fault',
        'stopped-by-fault',
        'limit-zero',
        'unlocked-at-once',
        'vehicle-never-asked',
        'station-held-back',
        'station-offline',
        'stopped-early',
        'no-meter',
        'unexplained',
      ],
      'What became of the session.',
    ),
    succeeded: Type.Boolean(),
    sentence: Type.String({ description: 'The same in words.' }),
  },
  { title: 'SessionDiagnosis' },
);

/** Why a session went as it went, from what the histories say of it. */
export function sessionDiagnosis(app: App, api: ApiContext): void {
  app.get(
    '/v1/sessions/:sessionId/diagnosis',
    {
      config: { access: 'read' },
      schema: {
        summary: 'What became of a session, in words',
        tags: ['sessions'],
        params: SessionParams,
        response: {
          200: SessionDiagnosis,
          ...problems(...READ_ONE),
        },
      },
    },
    async (request) => {
      const caller = principal(request);
      const session = await sessionOf(api, caller, request.params.sessionId);
      const { evseNumber } = evseOf(api, caller, session.evseId);
      const { operations } = api.store;
      const at = { tenantId: caller.tenantId, evseNumber, nowMs: api.clock.nowMs() };
      return diagnose(await sessionFacts(operations, session, at));
    },
  );
}
