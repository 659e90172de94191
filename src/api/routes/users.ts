/** The people of a tenant. Whoever is added gets a link to choose a password; no mail is needed. */
import { randomUUID } from 'node:crypto';
import { Type } from 'typebox';
import { hasCode } from '../../platform/errors.js';
import type { User, UserChange } from '../../store/people-ports.js';
import { orUnavailable } from '../api-errors.js';
import type { App } from '../app.js';
import { principal } from '../auth/authenticate.js';
import { invite } from '../auth/invitation.js';
import type { Principal } from '../auth/principal.js';
import type { ApiContext } from '../context.js';
import { IfMatchHeaders, requireMatch, versionTag } from '../if-match.js';
import { invalid, Problem } from '../problem.js';
import { defined } from '../render/defined.js';
import { instant } from '../render/instant.js';
import { renderUser } from '../render/user.js';
import { problems, READ, READ_ONE, WRITE_ONE } from '../route-schema.js';
import { DryRunQuery, PAGE_LIMIT_DEFAULT, PageQuery } from '../schema/common.js';
import {
  Invitation,
  UserCreate,
  UserCreated,
  UserPage,
  UserParams,
  UserPatch,
  UserSchema,
} from '../schema/people.js';
import { write } from '../write.js';

export function users(app: App, api: ApiContext): void {
  list(app, api);
  create(app, api);
  edit(app, api);
  remove(app, api);
  access(app, api);
}

function list(app: App, api: ApiContext): void {
  app.get(
    '/v1/users',
    {
      config: { access: 'admin' },
      schema: {
        summary: "The tenant's people",
        tags: ['people'],
        querystring: Type.Object(PageQuery, { additionalProperties: false }),
        response: { 200: UserPage, ...problems(...READ) },
      },
    },
    async (request) => {
      const { tenantId } = principal(request);
      const { limit = PAGE_LIMIT_DEFAULT, after } = request.query;
      const page = await api.store.users.list(defined({ tenantId, limit, after }));
      return defined({ items: page.items.map(renderUser), next: page.next });
    },
  );

  app.get(
    '/v1/users/:userId',
    {
      config: { access: 'admin' },
      schema: {
        summary: 'One person',
        tags: ['people'],
        params: UserParams,
        response: { 200: UserSchema, ...problems(...READ_ONE) },
      },
    },
    async (request, reply) => {
      const user = await userOf(api, principal(request), request.params.userId);
      return reply.header('etag', versionTag(user.version)).send(renderUser(user));
    },
  );
}

function create(app: App, api: ApiContext): void {
  app.post(
    '/v1/users',
    {
      config: { access: 'admin' },
      schema: {
        summary: 'Add a person; answers the link by which they choose a password',
        tags: ['people'],
        querystring: DryRunQuery,
        body: UserCreate,
        response: {
          200: UserCreated,
          201: UserCreated,
          ...problems(...WRITE_ONE),
        },
      },
    },
    async (request, reply) => {
      const caller = principal(request);
      const { name, role, expiresAt } = request.body;
      const email = request.body.email.toLowerCase();
      const nowMs = api.realNowMs();
      const change = changeOf({ name, role, expiresAt }, nowMs);
      if ((await orUnavailable(api.store.users.findByEmail(email))) !== undefined) throw taken();
      const user = { id: randomUUID(), tenantId: caller.tenantId, email, createdAtMs: nowMs };
      const shown = renderUser({ ...user, ...change, hasPassword: false, version: 1 });
      if (request.query.dryRun === true) return reply.send({ user: shown, dryRun: true });
      await write(
        api,
        auditOf(caller, 'user.created', user.id, { after: { email, ...change } }),
        () =>
          api.store.users.create({ ...user, ...change }, caller.actor).catch((error: unknown) => {
            throw hasCode(error, 'already-exists') ? taken() : error;
          }),
      );
      const link = await orUnavailable(
        invite(api.store, { userId: user.id, realNowMs: nowMs }, caller.actor),
      );
      return reply
        .status(201)
        .header('location', `/v1/users/${user.id}`)
        .header('etag', versionTag(1))
        .send({
          user: shown,
          invitation: { link: linkOf(api, link.path), expiresAt: instant(link.expiresAtMs) },
          dryRun: false,
        });
    },
  );
}

function edit(app: App, api: ApiContext): void {
  app.patch(
    '/v1/users/:userId',
    {
      config: { access: 'admin' },
      schema: {
        summary: "Change a person's name, role or end",
        description: 'A changed role holds from the next call of every session they have.',
        tags: ['people'],
        params: UserParams,
        headers: IfMatchHeaders,
        querystring: DryRunQuery,
        body: UserPatch,
        response: {
          200: UserSchema,
          ...problems(...WRITE_ONE, 'precondition-failed', 'precondition-required'),
        },
      },
    },
    async (request, reply) => {
      const caller = principal(request);
      const user = await userOf(api, caller, request.params.userId);
      requireMatch(request.headers['if-match'], versionTag(user.version));
      const { name, role, expiresAt } = request.body;
      const before: UserChange = defined({
        name: user.name,
        role: user.role,
        expiresAtMs: user.expiresAtMs,
      });
      const kept = user.expiresAtMs === undefined ? undefined : instant(user.expiresAtMs);
      const after = changeOf(
        {
          name: name ?? user.name,
          role: role ?? user.role,
          expiresAt: expiresAt === undefined ? kept : (expiresAt ?? undefined),
        },
        expiresAt === undefined ? 0 : api.realNowMs(),
      );
      if (request.query.dryRun !== true) {
        await write(api, auditOf(caller, 'user.changed', user.id, { before, after }), async () => {
          const { tenantId, id, version } = user;
          const done = await api.store.users.change({ tenantId, id, version }, after, caller.actor);
          refuseUnless(done);
        });
      }
      const { expiresAtMs: _, ...rest } = user;
      const version = user.version + (request.query.dryRun === true ? 0 : 1);
      const changed = { ...rest, ...after, version };
      return reply.header('etag', versionTag(version)).send(renderUser(changed));
    },
  );
}

function remove(app: App, api: ApiContext): void {
  app.delete(
    '/v1/users/:userId',
    {
      config: { access: 'admin' },
      schema: {
        summary: 'Remove a person; their sessions end at once',
        tags: ['people'],
        params: UserParams,
        headers: IfMatchHeaders,
        querystring: DryRunQuery,
        response: {
          204: Type.Null(),
          ...problems(
            ...READ_ONE,
            'conflict',
            'precondition-failed',
            'precondition-required',
            'invalid',
          ),
        },
      },
    },
    async (request, reply) => {
      const caller = principal(request);
      const user = await userOf(api, caller, request.params.userId);
      requireMatch(request.headers['if-match'], versionTag(user.version));
      if (request.query.dryRun === true) return reply.status(204).send(null);
      const { tenantId, id, version, email, name, role } = user;
      await write(
        api,
        auditOf(caller, 'user.removed', id, { before: { email, name, role } }),
        async () =>
          refuseUnless(await api.store.users.remove({ tenantId, id, version }, caller.actor)),
      );
      return reply.status(204).send(null);
    },
  );
}

/** A new link, for who has lost the first one or the password; and the end of all sessions. */
function access(app: App, api: ApiContext): void {
  app.post(
    '/v1/users/:userId/invitation',
    {
      config: { access: 'admin' },
      schema: {
        summary: 'A new link to choose a password; an older one stops working',
        tags: ['people'],
        params: UserParams,
        response: { 201: Invitation, ...problems(...READ_ONE, 'conflict', 'invalid') },
      },
    },
    async (request, reply) => {
      const caller = principal(request);
      const { id } = await userOf(api, caller, request.params.userId);
      await orUnavailable(
        api.store.audit.append({
          ...auditOf(caller, 'user.invited', id, {}),
          atMs: api.clock.nowMs(),
        }),
      );
      const ask = { userId: id, realNowMs: api.realNowMs() };
      const link = await orUnavailable(invite(api.store, ask, caller.actor));
      return reply
        .status(201)
        .send({ link: linkOf(api, link.path), expiresAt: instant(link.expiresAtMs) });
    },
  );

  app.delete(
    '/v1/users/:userId/sessions',
    {
      config: { access: 'admin' },
      schema: {
        summary: 'Sign a person out everywhere',
        tags: ['people'],
        params: UserParams,
        response: { 204: Type.Null(), ...problems(...READ_ONE) },
      },
    },
    async (request, reply) => {
      const caller = principal(request);
      const { id: userId } = await userOf(api, caller, request.params.userId);
      const { tenantId } = caller;
      await write(api, auditOf(caller, 'user.signed-out', userId, {}), () =>
        api.store.browserSessions.endAll({ tenantId, userId }),
      );
      return reply.status(204).send(null);
    },
  );
}

async function userOf(api: ApiContext, caller: Principal, id: string): Promise<User> {
  const user = await orUnavailable(api.store.users.find(caller.tenantId, id));
  if (user === undefined) throw new Problem('not-found', { detail: `no person ${id}` });
  return user;
}

/** `notBeforeMs`: an end that somebody sets now must lie after it. */
function changeOf(
  { name, role, expiresAt }: { name: string; role: User['role']; expiresAt: string | undefined },
  notBeforeMs: number,
): UserChange {
  const expiresAtMs = expiresAt === undefined ? undefined : Date.parse(expiresAt);
  if (expiresAtMs !== undefined && expiresAtMs <= notBeforeMs) {
    throw invalid('/expiresAt', `must be after ${instant(notBeforeMs)}`);
  }
  if (role === 'installer' && expiresAtMs === undefined) {
    throw invalid('/expiresAt', 'an installer needs an end');
  }
  return defined({ name, role, expiresAtMs });
}

function refuseUnless(done: 'changed' | 'stale' | 'last-owner'): void {
  if (done === 'stale') throw new Problem('precondition-failed');
  if (done === 'last-owner') {
    throw new Problem('conflict', { detail: 'an owner whose time does not end must be left' });
  }
}

function taken(): Problem {
  return new Problem('conflict', { detail: '/email: somebody has this address already' });
}

function linkOf({ settings }: ApiContext, path: string): string {
  return `${settings.publicUrl ?? ''}${path}`;
}

function auditOf(
  { tenantId, actor }: Principal,
  action: string,
  userId: string,
  values: { readonly before?: unknown; readonly after?: unknown },
) {
  return { tenantId, actor, action, target: `user:${userId}`, ...values };
}
