/** The API over doubles, with one call that also checks every answer against the OpenAPI document. */
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { expect } from 'vitest';
import { siteId } from '../../solver/index.js';
import type { App } from '../../src/api/app.js';
import { siteFromFile } from '../../src/api/render/site.js';
import { createApi } from '../../src/api/server.js';
import type { ApiSettings } from '../../src/api/settings.js';
import { keyHeader, NOW_MS, testDeps } from './doubles.js';
import { openapiDocument } from './openapi-document.js';
import { siteFile } from './site-file.js';

export const TENANT = 'tenant-a';
export const SITE = siteId('depot');

interface Operation {
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
  readonly responses: Record<string, { content?: Record<string, { schema?: object }> }>;
}

interface Document {
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: { readonly schemas: Record<string, object> };
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | number | string[] | undefined>>;
  readonly text: string;
  /** The body as JSON, to be looked into by the tests. */
  // oxlint-disable-next-line typescript/no-explicit-any -- bodies are what the test asserts on
  readonly body: any;
}

export interface CallOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** Sent as it is, with the content type of JSON. */
  readonly raw?: string;
}

export async function startApi(settings: Partial<ApiSettings> = {}) {
  const deps = testDeps(settings);
  const app = await createApi(deps);
  const keys = {
    admin: await keyHeader(deps.store, TENANT, 'admin'),
    write: await keyHeader(deps.store, TENANT, 'write'),
    read: await keyHeader(deps.store, TENANT, 'read'),
    foreign: await keyHeader(deps.store, 'tenant-b', 'admin'),
  };
  await deps.engine.addSite(siteFromFile(siteFile(SITE), TENANT), 'test');
  const { document, check } = await documented;

  async function call(method: string, path: string, options: CallOptions = {}): Promise<Answer> {
    const answer = await send(app, method, path, options);
    check(method, path, answer);
    return answer;
  }
  return { ...deps, app, keys, call, document, close: () => app.close() };
}

export type TestApi = Awaited<ReturnType<typeof startApi>>;

/** The same for every API of a test file: it depends on the routes alone. */
const documented = (async () => {
  const document = JSON.parse(await openapiDocument()) as Document;
  return { document, check: documentCheck(document) };
})();

async function send(
  app: App,
  method: string,
  path: string,
  { headers = {}, body, raw }: CallOptions,
): Promise<Answer> {
  const payload = raw ?? (body === undefined ? undefined : JSON.stringify(body));
  const response = await app.inject({
    method: method as 'GET',
    url: path,
    headers: {
      ...(payload === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(payload === undefined ? {} : { payload }),
  });
  const text = response.body;
  const isJson = String(response.headers['content-type']).includes('json');
  const parsed: unknown = isJson && text !== '' ? JSON.parse(text) : undefined;
  return { status: response.statusCode, headers: response.headers, text, body: parsed };
}

/** Every answer of a documented path has a documented status and the documented shape. */
function documentCheck(document: Document) {
  const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
  ajv.addSchema({ $id: 'doc', components: document.components });
  const compiled = new Map<string, ValidateFunction>();
  const templates = Object.keys(document.paths).map((template) => ({
    template,
    pattern: new RegExp(`^${template.replaceAll(/\{[^}]+\}/g, '[^/]+')}$`),
  }));

  return (method: string, path: string, answer: Answer): void => {
    const plain = path.split('?', 1)[0] ?? path;
    const template = templates.find(({ pattern }) => pattern.test(plain))?.template ?? '';
    const operation = document.paths[template]?.[method.toLowerCase()];
    if (operation === undefined || answer.status === 404) return;
    const response = operation.responses[answer.status];
    expect(response, `${method} ${template} does not document ${answer.status}`).toBeDefined();
    const [schema] = Object.values(response?.content ?? {}).map((each) => each.schema);
    if (schema === undefined || answer.body === undefined) return;
    const key = `${method} ${template} ${answer.status}`;
    const validate = compiled.get(key) ?? ajv.compile(inDocument(schema));
    compiled.set(key, validate);
    expect(validate(answer.body), `${key}: ${JSON.stringify(validate.errors)}`).toBe(true);
  };
}

function inDocument(schema: object): object {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/components', '"doc#/components'));
}

/** Pointers of a problem's errors. */
export function pointers(answer: Answer): string[] {
  return (answer.body.errors ?? []).map((error: { pointer: string }) => error.pointer);
}

export const at = (offsetSec: number): string => new Date(NOW_MS + offsetSec * 1000).toISOString();
