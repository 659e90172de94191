/** The Fastify instance as the routes see it: typed by TypeBox, with our request fields. */
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type {
  FastifyBaseLogger,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify';
import type { Access, Principal } from './auth/principal.js';

export type App = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Who may call this route. Every route names it; the server refuses to start otherwise. */
    access?: Access;
  }
  interface FastifyRequest {
    /** Set by the authentication hook on every route that is not `open` or `signed`. */
    principal: Principal | undefined;
    /** Whether the credential of a long answer still allows it. Rejects while SQL is away. */
    mayGoOn(): Promise<boolean>;
  }
}
