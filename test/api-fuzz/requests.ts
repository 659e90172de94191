/** Requests as a careful client, a careless one and a hostile one would send them. */
import type { Random } from '../../simulator/random.js';
import type { ApiDocument, Operation } from './document.js';
import type { Learned } from './learned.js';
import { pick, type Source, valueFor } from './values.js';

/** Who a request is made as. */
export interface Credentials {
  readonly key: string;
  /** Of a person who has signed in, with what our own page sends beside it. */
  readonly person: Readonly<Record<string, string>>;
  /** Secrets that a field of this name may hold. */
  readonly fields: Readonly<Record<string, string>>;
}

export interface FuzzWorld {
  readonly document: ApiDocument;
  readonly random: Random;
  readonly learned: Learned;
  readonly credentials: Credentials;
}

export interface FuzzRequest {
  readonly operation: Operation;
  readonly method: string;
  /** As it is sent: nothing is normalised. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Buffer;
  /** False when the method or the path is not the operation's: then its answers are not promised. */
  readonly isOwn: boolean;
}

const PATH_TRICKS = [
  '%00',
  '%',
  '%zz',
  '..',
  '%2e%2e%2f',
  '%2f',
  '%ff%fe',
  '//',
  ';a=b',
  'x'.repeat(2000),
  '%F0%9F%94%8C',
  '-1',
  '{siteId}',
];
const CONTENT_TYPES = [
  'text/plain',
  'application/xml',
  'application/json; charset=utf-16',
  'application/problem+json',
  'multipart/form-data; boundary=x',
  'json',
  '',
];
const BODIES: readonly Buffer[] = [
  Buffer.from(''),
  Buffer.from('{'),
  Buffer.from('nul'),
  Buffer.from('\ufeff{}'),
  Buffer.from([0xff, 0xfe, 0x00]),
  Buffer.from('{"a":1,"a":2}'),
  Buffer.from('{"__proto__":{"admin":true}}'),
  Buffer.from('1e999'),
  Buffer.from(`${'['.repeat(20_000)}${']'.repeat(20_000)}`),
  Buffer.from(JSON.stringify({ name: 'x'.repeat(300_000) })),
];
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND'];

/** How careless the client of one request is. */
const WRONG_FRACTIONS = [0, 0, 0.02, 0.1, 0.4];

export function makeRequest(world: FuzzWorld): FuzzRequest {
  const { document, random, learned, credentials } = world;
  const operation = pick(random, document.operations);
  const wrongFraction = pick(random, WRONG_FRACTIONS);
  const source: Source = {
    random,
    components: document.components,
    known: (name) =>
      credentials.fields[name] ?? learned.known(random, { name, method: operation.method }),
  };
  const ask = { operation, source, wrongFraction, world };
  const method = random() < 0.03 ? pick(random, METHODS) : operation.method;
  const { path, isTricked } = pathOf(ask);
  const headers = headersOf(ask);
  const body = bodyOf(ask, path, headers);
  return {
    operation,
    method,
    path: `${path}${queryOf(ask)}`,
    headers,
    ...(body === undefined ? {} : { body }),
    isOwn: method === operation.method && !isTricked,
  };
}

interface Ask {
  readonly operation: Operation;
  readonly source: Source;
  readonly wrongFraction: number;
  readonly world: FuzzWorld;
}

function pathOf({ operation, source, wrongFraction, world }: Ask): {
  path: string;
  isTricked: boolean;
} {
  let isTricked = false;
  const path = operation.template.replaceAll(/\{(\w+)\}/g, (_, name: string, offset: number) => {
    if (source.random() < wrongFraction) {
      isTricked = true;
      return pick(source.random, PATH_TRICKS);
    }
    const { method, template } = operation;
    const prefix = template.slice(0, offset - 1);
    const known = world.learned.known(source.random, { name, prefix, method });
    if (known !== undefined && source.random() < 0.9) return encodeURIComponent(known);
    const schema = operation.parameters.find((it) => it.name === name)?.schema ?? {};
    const value = valueFor(source, schema, { name, depth: 0, wrongFraction: 0 });
    return encodeURIComponent(String(value));
  });
  return { path, isTricked };
}

function queryOf({ operation, source, wrongFraction }: Ask): string {
  const { random } = source;
  const query = operation.parameters.filter((it) => it.in === 'query');
  const parts = query.flatMap(({ name, schema }) => {
    if (random() < 0.6) return [];
    const value = valueFor(source, schema, { name, depth: 0, wrongFraction });
    return [
      `${name}=${escaped(typeof value === 'object' ? JSON.stringify(value) : String(value))}`,
    ];
  });
  if (random() < wrongFraction / 2)
    parts.push(pick(random, ['%', 'x', 'after=%00', 'limit=1&limit=2']));
  return parts.length === 0 ? '' : `?${parts.join('&')}`;
}

/** Half a surrogate pair cannot be written in a URL. */
function escaped(text: string): string {
  return encodeURIComponent(text.replaceAll(/\p{Surrogate}/gu, '?'));
}

function credentialOf({ operation, world }: Ask): Readonly<Record<string, string>> {
  const { random, credentials } = world;
  const isForPeople = /\/(?:logout|login|me|invitations)(?:\/|$)/.test(operation.template);
  if (random() < (isForPeople ? 0.8 : 0.1)) return credentials.person;
  const key = { authorization: `Bearer ${credentials.key}` };
  return pick(random, [
    ...Array.from({ length: 40 }, () => key),
    { authorization: 'Bearer x' },
    {},
  ]);
}

function headersOf(ask: Ask) {
  const { operation, source, wrongFraction } = ask;
  const { random } = source;
  const address = `192.0.2.${Math.floor(random() * 256)}`;
  const headers: Record<string, string> = { 'x-forwarded-for': address, ...credentialOf(ask) };
  if (random() < 0.02) headers['cookie'] = 'busbar_session=AAAA; other="x';
  const needsMatch = operation.parameters.some((it) => it.name === 'if-match');
  if (needsMatch && random() < 0.9) headers['if-match'] = pick(random, ['*', '*', '"1"', 'W/"1"']);
  if (random() < 0.1)
    headers['idempotency-key'] = pick(random, ['a', 'b', 'c', 'd e', 'x'.repeat(300)]);
  if (random() < 0.05)
    headers['x-request-id'] = pick(random, ['short', 'long'.repeat(20), 'a b c d e']);
  if (random() < wrongFraction / 4) headers['origin'] = 'http://evil.example';
  if (operation.template.endsWith('/signals')) {
    headers['webhook-id'] = 'msg_1';
    headers['webhook-timestamp'] = String(Math.floor(Date.now() / 1000));
    headers['webhook-signature'] = 'v1,AAAA';
  }
  return headers;
}

/** What is there already, to be put again; or one like it, under a new id. */
function shownBody(method: string, { learned, random }: FuzzWorld, path: string): unknown {
  const shown = learned.shown(path);
  if (method === 'PUT') return shown;
  if (method !== 'POST' || typeof shown !== 'object' || shown === null) return undefined;
  const items: unknown = Reflect.get(shown, 'items');
  if (!Array.isArray(items) || items.length === 0) return undefined;
  return { ...pick(random, items), id: `n${Math.floor(random() * 1e6)}` };
}

function bodyOf(
  { operation, source, wrongFraction, world }: Ask,
  path: string,
  headers: Record<string, string>,
): Buffer | undefined {
  const { random } = source;
  const shown = shownBody(operation.method, world, path);
  if (shown !== undefined && random() < 0.4) {
    headers['content-type'] = 'application/json';
    return Buffer.from(JSON.stringify(shown));
  }
  if (operation.body === undefined && random() > 0.05) return undefined;
  headers['content-type'] =
    random() < wrongFraction / 4 ? pick(random, CONTENT_TYPES) : 'application/json';
  if (random() < wrongFraction / 4) return pick(random, BODIES);
  const at = { name: 'body', depth: 0, wrongFraction };
  return Buffer.from(JSON.stringify(valueFor(source, operation.body ?? {}, at) ?? null));
}
