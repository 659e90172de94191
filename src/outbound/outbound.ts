/**
 * Calls URLs that somebody typed in, without becoming a way into the own network: the address that is
 * checked is the address that is called, nothing is followed, and nothing can take long.
 */
import { lookup } from 'node:dns/promises';
import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { type BlockList, isIP, type LookupFunction } from 'node:net';
import { CpmsError } from '../platform/errors.js';
import { isListed, isPublic } from './addresses.js';
import type { Outbound, OutboundAnswer, OutboundRequest } from './ports.js';

const BODY_MAX_BYTES = 65_536;
const URL_LENGTH_MAX = 2048;

export interface OutboundOptions {
  /** Addresses that may be called although they are not public, and by http as well. */
  readonly allow: BlockList;
  /** All addresses of a name. */
  readonly resolve?: (hostname: string) => Promise<readonly string[]>;
  /** PEM of authorities that are trusted besides the built-in ones. */
  readonly authorities?: readonly string[];
}

export function createOutbound(options: OutboundOptions): Outbound {
  const { resolve = resolveName } = options;
  return {
    async send(request) {
      const url = checkedUrl(request.url);
      const exchange = new AbortController();
      const timer = setTimeout(() => exchange.abort(), request.timeoutMs);
      try {
        const { signal } = exchange;
        const address = await orAborted(addressOf(url, options.allow, resolve), signal);
        return await orAborted(call(request, url, { address, signal, options }), signal);
      } catch (cause) {
        if (cause instanceof CpmsError) throw cause;
        const late = exchange.signal.aborted;
        const why = late ? `no whole answer within ${request.timeoutMs} ms` : messageOf(cause);
        throw failed(`${url.host}: ${why}`, cause);
      } finally {
        clearTimeout(timer);
      }
    },
  };
}

/** What can be said without asking the network. Throws `outbound-refused`. */
export function checkedUrl(text: string): URL {
  if (text.length > URL_LENGTH_MAX || !URL.canParse(text)) throw refused('it is not a URL');
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw refused(`${url.protocol} is not https:`);
  }
  if (url.username !== '' || url.password !== '') {
    throw refused('a user or a password in the URL is not allowed');
  }
  if (url.hostname === '') throw refused('the URL has no host');
  return url;
}

/** One address for the whole exchange; every address of the name must be allowed. */
async function addressOf(
  url: URL,
  allow: BlockList,
  resolve: (hostname: string) => Promise<readonly string[]>,
): Promise<string> {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const addresses = isIP(host) === 0 ? await resolve(host) : [host];
  const [first] = addresses;
  if (first === undefined) throw failed(`${host} has no address`);
  for (const address of addresses) {
    if (isListed(allow, address)) continue;
    if (!isPublic(address)) throw refused(`${host} is ${address}, which is no public address`);
    if (url.protocol !== 'https:') throw refused('only https: is allowed');
  }
  return first;
}

interface Pinned {
  readonly address: string;
  readonly signal: AbortSignal;
  readonly options: OutboundOptions;
}

function call(request: OutboundRequest, url: URL, pinned: Pinned): Promise<OutboundAnswer> {
  const { address, signal, options } = pinned;
  const pinnedLookup: LookupFunction = (_hostname, how, done) => {
    const family = isIP(address);
    if (how.all === true) done(null, [{ address, family }]);
    else done(null, address, family);
  };
  const { authorities } = options;
  const settings: RequestOptions = {
    method: request.method,
    headers: { 'user-agent': 'busbar', ...request.headers, ...lengthOf(request.body) },
    lookup: pinnedLookup,
    agent: false,
    signal,
    ...(authorities === undefined ? {} : { ca: [...authorities] }),
  };
  const start = url.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const sent = start(url, settings, (response) => {
      readBody(response).then(
        (body) => resolve({ status: response.statusCode ?? 0, headers: headersOf(response), body }),
        reject,
      );
    });
    sent.once('error', reject);
    // Without a listener the socket would be closed, and nobody told.
    sent.once('upgrade', (response, socket) => {
      socket.destroy();
      resolve({ status: response.statusCode ?? 0, headers: headersOf(response), body: '' });
    });
    sent.end(request.body);
  });
}

/** What is over the bound is not read at all: the socket is closed. */
async function readBody(response: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of response as AsyncIterable<Buffer>) {
    parts.push(part);
    bytes += part.length;
    if (bytes >= BODY_MAX_BYTES) break;
  }
  response.destroy();
  return Buffer.concat(parts).subarray(0, BODY_MAX_BYTES).toString('utf8');
}

function headersOf(response: IncomingMessage): Readonly<Record<string, string>> {
  const flat = Object.entries(response.headers).map(([name, value]) => [name, String(value)]);
  return Object.fromEntries(flat) as Record<string, string>;
}

function lengthOf(body: string | undefined): Readonly<Record<string, string>> {
  return body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
}

async function resolveName(hostname: string): Promise<readonly string[]> {
  const found = await lookup(hostname, { all: true, verbatim: true });
  return found.map(({ address }) => address);
}

/** What cannot be told to stop, such as a resolver, is no longer waited for. */
function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(new Error('aborted')), { once: true });
    work.then(resolve, reject);
  });
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

function refused(why: string): CpmsError {
  return new CpmsError('outbound-refused', why, { retriable: false });
}

function failed(why: string, cause?: unknown): CpmsError {
  return new CpmsError('outbound-failed', why, { retriable: true, cause });
}
