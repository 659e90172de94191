/** Who may charge: the token table that stations are answered from. */
import type { App } from '../app.js';
import { orUnavailable } from '../api-errors.js';
import { principal } from '../auth/authenticate.js';
import { allows, type Principal } from '../auth/principal.js';
import type { ApiContext } from '../context.js';
import { sitesOf } from '../lookup.js';
import { type FieldError, Problem } from '../problem.js';
import { defined } from '../render/defined.js';
import { renderToken, tokenFrom } from '../render/token.js';
import { problems, READ, READ_ONE, WRITE } from '../route-schema.js';
import { PAGE_LIMIT_DEFAULT } from '../schema/common.js';
import {
  TokenImport,
  TokenImported,
  TokenPage,
  TokenParams,
  TokenQuery,
  TokenSchema,
  TokenWrite,
  type TokenWriteBody,
} from '../schema/token.js';
import { tokenKey } from '../../sessions/token.js';

export function tokens(app: App, api: ApiContext): void {
  list(app, api);
  importList(app, api);
  read(app, api);
  put(app, api);
  remove(app, api);
}

function list(app: App, api: ApiContext): void {
  app.get(
    '/v1/tokens',
    {
      config: { access: 'read' },
      schema: {
        summary: 'Tokens, newest first; masked but for admins',
        tags: ['tokens'],
        querystring: TokenQuery,
        response: { 200: TokenPage, ...problems(...READ) },
      },
    },
    async (request) => {
      const caller = principal(request);
      const extent = allows(caller, 'admin') ? 'whole' : 'masked';
      const page = await api.store.tokens.list({
        ...request.query,
        tenantId: caller.tenantId,
        limit: request.query.limit ?? PAGE_LIMIT_DEFAULT,
      });
      return defined({
        items: page.items.map((token) => renderToken(token, extent)),
        next: page.next,
      });
    },
  );
}

function importList(app: App, api: ApiContext): void {
  app.put(
    '/v1/tokens',
    {
      config: { access: 'write' },
      schema: {
        summary: 'Create or replace up to 500 tokens at once',
        description: 'All or none. Tokens that are not in the list stay as they are.',
        tags: ['tokens'],
        body: TokenImport,
        response: { 200: TokenImported, ...problems(...WRITE) },
      },
    },
    async (request) => {
      const caller = principal(request);
      const given = request.body.tokens;
      const errors = [
        ...repeated(given.map((it) => it.idToken)),
        ...given.flatMap((it, index) => unknownSites(api, caller, it, `/tokens/${index}`)),
      ];
      refuse(errors);
      const all = given.map(({ idToken, ...rest }) => tokenFrom(idToken, rest));
      await orUnavailable(api.store.tokens.put(caller.tenantId, all, caller.actor));
      return { stored: all.length };
    },
  );
}

function read(app: App, api: ApiContext): void {
  app.get(
    '/v1/tokens/:idToken',
    {
      config: { access: 'read' },
      schema: {
        summary: 'One token',
        tags: ['tokens'],
        params: TokenParams,
        response: { 200: TokenSchema, ...problems(...READ_ONE) },
      },
    },
    async (request) => {
      const { tenantId } = principal(request);
      const token = await api.store.tokens.find(tenantId, request.params.idToken);
      if (token === undefined) throw noToken();
      return renderToken(token, 'whole');
    },
  );
}

function put(app: App, api: ApiContext): void {
  app.put(
    '/v1/tokens/:idToken',
    {
      config: { access: 'write' },
      schema: {
        summary: 'Create or replace a token',
        description:
          'A token that is not in the table may charge only where the site says `acceptAnyToken`.',
        tags: ['tokens'],
        params: TokenParams,
        body: TokenWrite,
        response: { 200: TokenSchema, ...problems(...WRITE) },
      },
    },
    async (request) => {
      const caller = principal(request);
      refuse(unknownSites(api, caller, request.body, ''));
      const token = tokenFrom(request.params.idToken, request.body);
      await orUnavailable(api.store.tokens.put(caller.tenantId, [token], caller.actor));
      return renderToken(token, 'whole');
    },
  );
}

function remove(app: App, api: ApiContext): void {
  app.delete(
    '/v1/tokens/:idToken',
    {
      config: { access: 'write' },
      schema: {
        summary: 'Remove a token',
        description: 'Its sessions and the audit of its changes stay.',
        tags: ['tokens'],
        params: TokenParams,
        response: {
          200: TokenSchema,
          ...problems(...READ_ONE),
        },
      },
    },
    async (request) => {
      const { tenantId, actor } = principal(request);
      const { idToken } = request.params;
      const token = await api.store.tokens.find(tenantId, idToken);
      if (token === undefined) throw noToken();
      const removed = await orUnavailable(api.store.tokens.remove(tenantId, idToken, actor));
      if (!removed) throw noToken();
      return renderToken(token, 'whole');
    },
  );
}

/** The token itself is not repeated: problems are logged. */
function noToken(): Problem {
  return new Problem('not-found', { detail: 'no such token' });
}

function refuse(errors: readonly FieldError[]): void {
  const [first] = errors;
  if (first === undefined) return;
  throw new Problem('invalid', { detail: `${first.pointer}: ${first.detail}`, errors });
}

function repeated(idTokens: readonly string[]): readonly FieldError[] {
  const firstAt = new Map<string, number>();
  return idTokens.flatMap((idToken, index) => {
    const key = tokenKey(idToken);
    const first = firstAt.get(key);
    if (first === undefined) {
      firstAt.set(key, index);
      return [];
    }
    const detail = `is the same token as /tokens/${first}/idToken: case does not count`;
    return [{ pointer: `/tokens/${index}/idToken`, detail }];
  });
}

function unknownSites(
  api: ApiContext,
  caller: Principal,
  { siteIds = [] }: TokenWriteBody,
  at: string,
): readonly FieldError[] {
  const known = new Set<string>(sitesOf(api, caller).map((site) => site.id));
  return siteIds.flatMap((id, index) =>
    known.has(id) ? [] : [{ pointer: `${at}/siteIds/${index}`, detail: `there is no site ${id}` }],
  );
}
