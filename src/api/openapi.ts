/** OpenAPI 3.1 from the routes' own schemas; schemas with a title become named components. */
import swagger from '@fastify/swagger';
import type { FastifySchema, RouteOptions } from 'fastify';
import { Type } from 'typebox';
import type { App } from './app.js';
import { type Access, scopesFor } from './auth/principal.js';
import { problems, WITH_BODY, WITH_WRITE } from './route-schema.js';

type Json = unknown;
type RouteSchema = FastifySchema;

export async function openapi(app: App): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Busbar',
        version: '1',
        description:
          'Charge point management with a guaranteed ceiling. Instants are RFC 3339 in UTC; ' +
          'current in A, power in W, energy in Wh; import is positive. Errors are problem details ' +
          '(RFC 9457).',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      components: {
        securitySchemes: {
          key: { type: 'http', scheme: 'bearer', description: 'An API key, bb_...' },
          session: { type: 'apiKey', in: 'cookie', name: 'busbar_session' },
        },
      },
    },
    transform: ({ schema, url, route }) => ({
      url,
      schema: {
        ...withBody(withIdempotency(schema, route), route),
        ...securityOf(route.config?.access, url),
      },
    }),
    transformObject: (document) =>
      'openapiObject' in document ? withComponents(document.openapiObject) : document.swaggerObject,
  });

  app.get('/openapi.json', { config: { access: 'open' }, schema: { hide: true } }, async () =>
    app.swagger(),
  );
}

const MAY_HAVE_BODY = ['POST', 'PUT', 'PATCH', 'DELETE'];

/** Also one that wants no body answers somebody who sends one. */
function withBody(schema: RouteSchema, route: RouteOptions): RouteSchema {
  if (![route.method].flat().some((method) => MAY_HAVE_BODY.includes(method))) return schema;
  const known = (schema as { response?: object }).response;
  return { ...schema, response: { ...problems(...WITH_BODY), ...known } };
}

/** What src/api/idempotency.ts does for every such route. */
function withIdempotency(schema: RouteSchema, route: RouteOptions): RouteSchema {
  const { access } = route.config ?? {};
  const isKeyed = ['POST', 'PATCH'].some((method) => [route.method].flat().includes(method));
  if (!isKeyed || access === 'open' || access === 'signed') return schema;
  const { headers } = schema as { headers?: { properties?: object } };
  const key = Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 255,
      pattern: '^[\\x21-\\x7e]+$',
      description: 'A retry with the same key gets the first answer again, for 24 hours.',
    }),
  );
  const known = (schema as { response?: object }).response;
  return {
    ...schema,
    headers: Type.Object({ ...headers?.properties, 'idempotency-key': key }),
    response: { ...problems(...WITH_WRITE), ...known },
  };
}

/** Roles of a security requirement: any one of these scopes is enough. */
function securityOf(access: Access | undefined, url: string): object {
  if (access === 'open' || access === 'signed') return { security: [] };
  const scopes = [...scopesFor(access, url)];
  const session = { session: scopes };
  return { security: access === 'person' ? [session] : [{ key: scopes }, session] };
}

/** Moves each titled schema to components and puts a reference in its place. */
function withComponents<T extends object>(document: T): T {
  const schemas: Record<string, Json> = {};
  const visit = (node: Json): Json => {
    if (Array.isArray(node)) return node.map(visit);
    if (typeof node !== 'object' || node === null) return node;
    const inner = Object.fromEntries(Object.entries(node).map(([key, each]) => [key, visit(each)]));
    const { title } = inner;
    if (typeof title !== 'string' || !('type' in inner || 'anyOf' in inner)) return inner;
    schemas[title] = inner;
    return { $ref: `#/components/schemas/${title}` };
  };
  const { paths, components, ...rest } = visit(document) as Record<string, Json>;
  const named = Object.fromEntries(Object.entries(schemas).sort(([a], [b]) => (a < b ? -1 : 1)));
  return { ...rest, paths, components: { ...(components as object), schemas: named } } as T;
}
