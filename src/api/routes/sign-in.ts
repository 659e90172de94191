/** Signing in and out, and the one-time link by which somebody chooses a password. */
import { Type } from 'typebox';
import { orUnavailable } from '../api-errors.js';
import type { App } from '../app.js';
import { principal } from '../auth/authenticate.js';
import { type BrowserSessions, tokenDigest } from '../auth/browser-sessions.js';
import type { Passwords } from '../auth/password.js';
import { refuseForeignOrigin } from '../auth/same-origin.js';
import { clearSession, setSession } from '../auth/session-cookie.js';
import { signInLimit } from '../auth/sign-in-limit.js';
import type { ApiContext } from '../context.js';
import { Problem } from '../problem.js';
import { renderUser } from '../render/user.js';
import { problems, READ } from '../route-schema.js';
import {
  InvitationAccept,
  InvitationCheck,
  InvitedPerson,
  SignIn,
  UserSchema,
} from '../schema/people.js';
import { write } from '../write.js';

interface SignInDeps {
  readonly sessions: BrowserSessions;
  readonly passwords: Passwords;
}

export function signIn(app: App, api: ApiContext, deps: SignInDeps): void {
  const limit = signInLimit(() => performance.now());
  login(app, api, { ...deps, limit });
  invitations(app, api, { ...deps, limit });

  app.post(
    '/v1/logout',
    {
      config: { access: 'person' },
      schema: {
        summary: 'End this browser session',
        tags: ['people'],
        response: { 204: Type.Null(), ...problems(...READ) },
      },
    },
    async (request, reply) => {
      const { tenantId, actor, sessionHash } = principal(request);
      if (sessionHash !== undefined) {
        await write(api, { tenantId, actor, action: 'user.signed-out', target: actor }, () =>
          api.store.browserSessions.end(sessionHash),
        );
      }
      clearSession(reply, api.settings);
      return reply.status(204).send(null);
    },
  );
}

type LimitedDeps = SignInDeps & { readonly limit: ReturnType<typeof signInLimit> };

function login(app: App, api: ApiContext, { sessions, passwords, limit }: LimitedDeps): void {
  app.post(
    '/v1/login',
    {
      config: { access: 'open' },
      schema: {
        summary: 'Sign in with e-mail and password; the answer sets the cookie of the session',
        tags: ['people'],
        body: SignIn,
        response: {
          200: UserSchema,
          ...problems('malformed-json', 'not-signed-in', 'foreign-origin', 'invalid'),
        },
      },
    },
    async (request, reply) => {
      refuseForeignOrigin(request, api.settings);
      const { password } = request.body;
      const email = request.body.email.toLowerCase();
      const succeeded = limit.attempt(request.ip, email);
      const found = await orUnavailable(api.store.users.findByEmail(email));
      const isRight = await passwords.verify(password, found?.passwordHash);
      const isOver = (found?.user.expiresAtMs ?? Infinity) <= api.realNowMs();
      if (found === undefined || !isRight || isOver) throw new Problem('not-signed-in');
      succeeded();
      const { user } = found;
      setSession(reply, await orUnavailable(sessions.open(user)), api.settings);
      await orUnavailable(
        api.store.audit.append({
          tenantId: user.tenantId,
          actor: `user:${user.id}`,
          action: 'user.signed-in',
          target: `user:${user.id}`,
          atMs: api.clock.nowMs(),
        }),
      );
      return renderUser(user);
    },
  );
}

function invitations(app: App, api: ApiContext, { sessions, passwords, limit }: LimitedDeps): void {
  app.post(
    '/v1/invitations/check',
    {
      config: { access: 'open' },
      schema: {
        summary: 'Whose invitation this is',
        tags: ['people'],
        body: InvitationCheck,
        response: {
          200: InvitedPerson,
          ...problems('malformed-json', 'foreign-origin', 'not-found', 'invalid'),
        },
      },
    },
    async (request) => {
      refuseForeignOrigin(request, api.settings);
      const succeeded = limit.attempt(request.ip, 'invitation');
      const hash = tokenDigest(request.body.code);
      const user = await orUnavailable(api.store.users.invited(hash, api.realNowMs()));
      if (user === undefined) throw refused();
      succeeded();
      return { email: user.email, name: user.name };
    },
  );

  app.post(
    '/v1/invitations/accept',
    {
      config: { access: 'open' },
      schema: {
        summary: 'Choose a password; the answer sets the cookie of the session',
        tags: ['people'],
        body: InvitationAccept,
        response: {
          200: UserSchema,
          ...problems('malformed-json', 'foreign-origin', 'not-found', 'invalid'),
        },
      },
    },
    async (request, reply) => {
      refuseForeignOrigin(request, api.settings);
      const succeeded = limit.attempt(request.ip, 'invitation');
      const hash = tokenDigest(request.body.code);
      const nowMs = api.realNowMs();
      const known = await orUnavailable(api.store.users.invited(hash, nowMs));
      if (known === undefined) throw refused();
      const passwordHash = await passwords.hash(request.body.password);
      const actor = `user:${known.id}`;
      const user = await orUnavailable(
        api.store.users.acceptInvitation({ hash, passwordHash, nowMs }, actor),
      );
      if (user === undefined) throw refused();
      succeeded();
      setSession(reply, await orUnavailable(sessions.open(user)), api.settings);
      return renderUser(user);
    },
  );
}

function refused(): Problem {
  return new Problem('not-found', { detail: 'the link was used already, or its time is over' });
}
