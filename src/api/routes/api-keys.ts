/** Keys of programs: shown once, kept as a hash, revoked or replaced at will. */
import { Type } from 'typebox';
import { newApiKey } from '../../platform/credentials.js';
import type { KeyRow } from '../../store/people-ports.js';
import { orUnavailable } from '../api-errors.js';
import type { App } from '../app.js';
import { principal } from '../auth/authenticate.js';
import type { Principal } from '../auth/principal.js';
import type { ApiContext } from '../context.js';
import { invalid, Problem } from '../problem.js';
import { defined } from '../render/defined.js';
import { instant } from '../render/instant.js';
import { renderKey } from '../render/user.js';
import { problems, READ, READ_ONE, WRITE_ONE } from '../route-schema.js';
import { DryRunQuery, PAGE_LIMIT_DEFAULT, PageQuery } from '../schema/common.js';
import {
  KeyCreate,
  KeyCreated,
  KeyPage,
  KeyParams,
  KeyRotate,
  KeySchema,
} from '../schema/people.js';
import { write } from '../write.js';

export function apiKeys(app: App, api: ApiContext): void {
  read(app, api);
  create(app, api);
  rotate(app, api);

  app.delete(
    '/v1/api-keys/:keyId',
    {
      config: { access: 'admin' },
      schema: {
        summary: 'Revoke a key; it stops working at once',
        tags: ['API keys'],
        params: KeyParams,
        querystring: DryRunQuery,
        response: { 204: Type.Null(), ...problems(...READ_ONE) },
      },
    },
    async (request, reply) => {
      const caller = principal(request);
      const { id } = await keyOf(api, caller, request.params.keyId);
      if (request.query.dryRun === true) return reply.status(204).send(null);
      await write(api, auditOf(caller, 'api-key.revoked', id), () =>
        api.store.keys.revoke(caller.tenantId, id, caller.actor),
      );
      return reply.status(204).send(null);
    },
  );
}

function read(app: App, api: ApiContext): void {
  app.get(
    '/v1/api-keys',
    {
      config: { access: 'admin' },
      schema: {
        summary: "The tenant's API keys, revoked ones too",
        tags: ['API keys'],
        querystring: Type.Object(PageQuery, { additionalProperties: false }),
        response: { 200: KeyPage, ...problems(...READ) },
      },
    },
    async (request) => {
      const { tenantId } = principal(request);
      const { limit = PAGE_LIMIT_DEFAULT, after } = request.query;
      const page = await api.store.keys.list(defined({ tenantId, limit, after }));
      return defined({ items: page.items.map(renderKey), next: page.next });
    },
  );

  app.get(
    '/v1/api-keys/:keyId',
    {
      config: { access: 'admin' },
      schema: {
        summary: 'One API key, without the key',
        tags: ['API keys'],
        params: KeyParams,
        response: { 200: KeySchema, ...problems(...READ_ONE) },
      },
    },
    async (request) => renderKey(await keyOf(api, principal(request), request.params.keyId)),
  );
}

function create(app: App, api: ApiContext): void {
  app.post(
    '/v1/api-keys',
    {
      config: { access: 'admin' },
      schema: {
        summary: 'Make a key; it is shown this once',
        tags: ['API keys'],
        querystring: DryRunQuery,
        body: KeyCreate,
        response: {
          200: KeyCreated,
          201: KeyCreated,
          ...problems(...WRITE_ONE),
        },
      },
    },
    async (request, reply) => {
      const caller = principal(request);
      const { name, scopes, expiresAt } = request.body;
      const expiresAtMs = expiresAt === undefined ? undefined : Date.parse(expiresAt);
      if (expiresAtMs !== undefined && expiresAtMs <= api.realNowMs()) {
        throw invalid('/expiresAt', `must be after ${instant(api.realNowMs())}`);
      }
      const asked = defined({ name, scopes, expiresAtMs });
      if (request.query.dryRun === true) {
        const apiKey = renderKey(rowOf(api, caller, { id: 'not-made', ...asked }));
        return reply.send({ apiKey, dryRun: true });
      }
      const { row, key } = await make(api, caller, asked, { action: 'api-key.created' });
      return reply
        .status(201)
        .header('location', `/v1/api-keys/${row.id}`)
        .send({ apiKey: renderKey(row), key, dryRun: false });
    },
  );
}

function rotate(app: App, api: ApiContext): void {
  app.post(
    '/v1/api-keys/:keyId/rotate',
    {
      config: { access: 'admin' },
      schema: {
        summary: 'Make a key with the same name and scopes; the old one ends soon after',
        tags: ['API keys'],
        params: KeyParams,
        body: KeyRotate,
        response: {
          201: KeyCreated,
          ...problems(...WRITE_ONE),
        },
      },
    },
    async (request, reply) => {
      const caller = principal(request);
      const old = await keyOf(api, caller, request.params.keyId);
      const nowMs = api.realNowMs();
      if (old.revokedAtMs !== undefined || (old.expiresAtMs ?? Infinity) <= nowMs) {
        throw new Problem('conflict', { detail: 'the key does not work any more: make a new one' });
      }
      const { name, scopes, expiresAtMs } = old;
      const asked = defined({ name, scopes, expiresAtMs });
      const { oldWorksForSec } = request.body;
      const before = { id: old.id, oldWorksForSec };
      const { row, key } = await make(api, caller, asked, { action: 'api-key.rotated', before });
      const { tenantId, actor } = caller;
      if (oldWorksForSec === 0) await orUnavailable(api.store.keys.revoke(tenantId, old.id, actor));
      else {
        const endsAtMs = nowMs + oldWorksForSec * 1000;
        await orUnavailable(api.store.keys.endAt(tenantId, old.id, endsAtMs, actor));
      }
      return reply
        .status(201)
        .header('location', `/v1/api-keys/${row.id}`)
        .send({ apiKey: renderKey(row), key, dryRun: false });
    },
  );
}

interface Asked {
  readonly name: string;
  readonly scopes: readonly string[];
  readonly expiresAtMs?: number;
}

async function make(
  api: ApiContext,
  caller: Principal,
  asked: Asked,
  { action, before }: { readonly action: string; readonly before?: object },
): Promise<{ readonly row: KeyRow; readonly key: string }> {
  const { id, key, hash } = newApiKey();
  const change = { ...auditOf(caller, action, id), ...defined({ before }), after: asked };
  await write(api, change, () =>
    api.store.keys.create({ id, tenantId: caller.tenantId, hash, ...asked }, caller.actor),
  );
  return { row: rowOf(api, caller, { id, ...asked }), key };
}

function rowOf(
  api: ApiContext,
  { tenantId, actor }: Principal,
  asked: Asked & { readonly id: string },
): KeyRow {
  return { ...asked, tenantId, actor, createdAtMs: api.clock.nowMs() };
}

async function keyOf(api: ApiContext, caller: Principal, id: string): Promise<KeyRow> {
  const key = await orUnavailable(api.store.keys.find(caller.tenantId, id));
  if (key === undefined) throw new Problem('not-found', { detail: `no API key ${id}` });
  return key;
}

function auditOf({ tenantId, actor }: Principal, action: string, id: string) {
  return { tenantId, actor, action, target: `api-key:${id}` };
}
