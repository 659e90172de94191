/** Calls of one credential per minute, from wherever they come; addresses are limited apart. */
import type { FastifyReply } from 'fastify';
import { Problem } from '../problem.js';

const WINDOW_MS = 60_000;

/**
 * Counts a call and writes the RateLimit headers where this limit is the tighter one. Throws
 * `too-many-requests` beyond the limit.
 */
export function limitCredentials(
  perMinute: number,
  realNowMs: () => number,
): (actor: string, reply: FastifyReply) => void {
  let startedAtMs = Number.NEGATIVE_INFINITY;
  const counts = new Map<string, number>();

  return (actor, reply) => {
    const nowMs = realNowMs();
    if (nowMs - startedAtMs >= WINDOW_MS) {
      startedAtMs = nowMs;
      counts.clear();
    }
    const used = (counts.get(actor) ?? 0) + 1;
    counts.set(actor, used);
    const left = Math.max(0, perMinute - used);
    const resetSec = Math.ceil((startedAtMs + WINDOW_MS - nowMs) / 1000);
    const address = Number(reply.getHeader('ratelimit-remaining') ?? Infinity);
    if (left < address) {
      reply.header('ratelimit-limit', perMinute);
      reply.header('ratelimit-remaining', left);
      reply.header('ratelimit-reset', resetSec);
    }
    if (used <= perMinute) return;
    reply.header('retry-after', resetSec);
    throw new Problem('too-many-requests', {
      detail: `${perMinute} calls a minute are allowed with one credential`,
    });
  };
}
