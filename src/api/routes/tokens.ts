/** Who may charge: the token table that Authorize is answered from. */
import { Type } from 'typebox';
import type { App } from '../app.js';
import { principal } from '../auth/authenticate.js';
import { orUnavailable } from '../api-errors.js';
import type { ApiContext } from '../context.js';
import { problems } from '../route-schema.js';
import { Word } from '../schema/common.js';

const TokenParams = Type.Object({
  idToken: Type.String({
    minLength: 1,
    maxLength: 36,
    pattern: '^[\\x21-\\x7e]+$',
    description: 'As the station sends it: visible ASCII, at most 36 characters.',
  }),
});
const TokenStatus = Type.Object(
  {
    status: Word(
      ['Accepted', 'Blocked', 'Expired', 'Invalid', 'ConcurrentTx'],
      'What a station is told about this token.',
    ),
  },
  { additionalProperties: false, title: 'TokenStatus' },
);

export function tokens(app: App, api: ApiContext): void {
  app.put(
    '/v1/tokens/:idToken',
    {
      config: { access: 'write' },
      schema: {
        summary: 'Allow or block a token',
        description:
          'A token that is not in the table may charge only where the site says `acceptAnyToken`.',
        tags: ['tokens'],
        params: TokenParams,
        body: TokenStatus,
        response: {
          200: TokenStatus,
          ...problems('unauthenticated', 'forbidden', 'malformed-json', 'invalid', 'unavailable'),
        },
      },
    },
    async (request) => {
      const caller = principal(request);
      const { status } = request.body;
      const token = { tenantId: caller.tenantId, idToken: request.params.idToken, status };
      await orUnavailable(api.store.tokens.put(token, caller.actor));
      return { status };
    },
  );
}
