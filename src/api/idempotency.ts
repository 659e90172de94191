/**
 * Idempotency-Key on POST and PATCH: the answer of the first call is kept for a day, sealed, and given
 * again to a retry. What changed nothing is not kept: the same key may then be used again.
 */
import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Log } from '../platform/ports.js';
import type { Store } from '../store/ports.js';
import { orUnavailable } from './api-errors.js';
import type { App } from './app.js';
import { Problem } from './problem.js';

const KEY_PATTERN = /^[\x21-\x7e]{1,255}$/;
/** Headers that belong to the answer. */
const KEPT_HEADERS = ['content-type', 'etag', 'location'] as const;
/** A command that may have reached its station must not be sent again by a retry. */
const MAYBE_DONE = [502, 504];

interface Owner {
  readonly tenantId: string;
  readonly actor: string;
  readonly key: string;
}

interface Kept {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export function idempotency(
  app: App,
  deps: { readonly store: Store; readonly log: Log; readonly realNowMs: () => number },
): void {
  const { store, log } = deps;
  const running = new WeakMap<FastifyRequest, Owner>();

  app.addHook('preValidation', async (request, reply) => {
    const owner = ownerOf(request);
    if (owner === undefined) return;
    const fingerprint = fingerprintOf(request);
    const nowMs = deps.realNowMs();
    const found = await orUnavailable(store.idempotency.reserve({ ...owner, fingerprint, nowMs }));
    switch (found.status) {
      case 'mine':
        running.set(request, owner);
        return;
      case 'running':
        throw new Problem('request-in-flight');
      case 'other-request':
        throw new Problem('idempotency-key-reused');
      case 'answered':
        return replay(reply, JSON.parse(found.answer.toString('utf8')) as Kept);
    }
  });

  app.addHook('onSend', async (request, reply, payload: unknown) => {
    const owner = running.get(request);
    if (owner === undefined) return payload;
    running.delete(request);
    const kept = keptOf(reply, payload);
    const done =
      kept === undefined
        ? store.idempotency.release(owner)
        : store.idempotency.answered(owner, Buffer.from(JSON.stringify(kept), 'utf8'));
    // The change is made: its answer must not be lost because it could not be kept.
    await done.catch((error: unknown) => {
      log.warn({ requestId: request.id, err: String(error) }, 'answer of a retry not kept');
    });
    return payload;
  });
}

function ownerOf(request: FastifyRequest): Owner | undefined {
  if (request.method !== 'POST' && request.method !== 'PATCH') return undefined;
  const key = request.headers['idempotency-key'];
  const { principal } = request;
  if (key === undefined || principal === undefined) return undefined;
  if (typeof key !== 'string' || !KEY_PATTERN.test(key)) {
    throw new Problem('bad-request', {
      detail: 'Idempotency-Key: must be 1 to 255 visible ASCII characters',
    });
  }
  return { tenantId: principal.tenantId, actor: principal.actor, key };
}

/** What makes two requests the same one. */
function fingerprintOf(request: FastifyRequest): Buffer {
  const { method, url, body } = request;
  const ifMatch = request.headers['if-match'] ?? null;
  const text = JSON.stringify([method, url, ifMatch, body ?? null]);
  return createHash('sha256').update(text).digest();
}

function keptOf(reply: FastifyReply, payload: unknown): Kept | undefined {
  const status = reply.statusCode;
  if (status >= 400 && !MAYBE_DONE.includes(status)) return undefined;
  const headers: Record<string, string> = {};
  for (const name of KEPT_HEADERS) {
    const value = reply.getHeader(name);
    if (value !== undefined) headers[name] = String(value);
  }
  return { status, headers, body: typeof payload === 'string' ? payload : '' };
}

function replay(reply: FastifyReply, kept: Kept): FastifyReply {
  for (const [name, value] of Object.entries(kept.headers)) reply.header(name, value);
  return reply
    .status(kept.status)
    .header('idempotency-replayed', 'true')
    .serializer((text) => String(text))
    .send(kept.body);
}
