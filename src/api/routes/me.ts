/** Whoever is calling: what they may do, their password, their sessions. */
import { Type } from 'typebox';
import { orUnavailable } from '../api-errors.js';
import type { App } from '../app.js';
import { principal } from '../auth/authenticate.js';
import type { Passwords } from '../auth/password.js';
import type { Principal } from '../auth/principal.js';
import { clearSession } from '../auth/session-cookie.js';
import { signInLimit } from '../auth/sign-in-limit.js';
import type { ApiContext } from '../context.js';
import { invalid, Problem } from '../problem.js';
import { defined } from '../render/defined.js';
import { problems, READ, WRITE } from '../route-schema.js';
import { MeSchema, PasswordChange } from '../schema/people.js';
import { write } from '../write.js';

export function me(app: App, api: ApiContext, passwords: Passwords): void {
  app.get(
    '/v1/me',
    {
      config: { access: 'known' },
      schema: {
        summary: 'Who this call is made as, and what that allows',
        tags: ['people'],
        response: { 200: MeSchema, ...problems(...READ) },
      },
    },
    async (request) => {
      const { actor, tenantId, scopes, via, userId, email, name, role } = principal(request);
      return defined({ actor, tenantId, scopes: [...scopes], via, userId, email, name, role });
    },
  );
  changePassword(app, api, passwords);

  app.delete(
    '/v1/me/sessions',
    {
      config: { access: 'person' },
      schema: {
        summary: 'Sign out everywhere',
        tags: ['people'],
        response: { 204: Type.Null(), ...problems(...READ) },
      },
    },
    async (request, reply) => {
      const { tenantId, userId, actor } = principal(request);
      const whose = userId === undefined ? { tenantId, actor } : { tenantId, userId };
      await write(api, { tenantId, actor, action: 'user.signed-out', target: actor }, () =>
        api.store.browserSessions.endAll(whose),
      );
      clearSession(reply, api.settings);
      return reply.status(204).send(null);
    },
  );
}

function changePassword(app: App, api: ApiContext, passwords: Passwords): void {
  const limit = signInLimit(() => performance.now());
  app.put(
    '/v1/me/password',
    {
      config: { access: 'person' },
      schema: {
        summary: 'Change your password; ends all your other browser sessions',
        tags: ['people'],
        body: PasswordChange,
        response: {
          204: Type.Null(),
          ...problems(...WRITE, 'conflict'),
        },
      },
    },
    async (request, reply) => {
      const caller = principal(request);
      const userId = personOf(caller);
      const succeeded = limit.attempt(request.ip, userId);
      const stored = await orUnavailable(api.store.users.passwordHash(userId));
      if (!(await passwords.verify(request.body.current, stored))) {
        throw invalid('/current', 'is not your password');
      }
      succeeded();
      const passwordHash = await passwords.hash(request.body.next);
      await orUnavailable(
        api.store.audit.append({
          tenantId: caller.tenantId,
          actor: caller.actor,
          action: 'user.password-changed',
          target: `user:${userId}`,
          atMs: api.clock.nowMs(),
        }),
      );
      const { sessionHash } = caller;
      const keepSession = sessionHash === undefined ? {} : { keepSession: sessionHash };
      await orUnavailable(
        api.store.users.setPassword({ id: userId, passwordHash, ...keepSession }, caller.actor),
      );
      return reply.status(204).send(null);
    },
  );
}

function personOf({ userId }: Principal): string {
  if (userId !== undefined) return userId;
  throw new Problem('conflict', { detail: 'the one-time link has no account and no password' });
}
