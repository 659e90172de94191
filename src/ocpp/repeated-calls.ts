/**
 * Calls of a station that repeat the message id and the very text of one that came before on the same
 * connection: they have no second effect. The answer that left is sent again; while it is still being
 * worked on, the first one's answer serves both. A call that was left unanswered is news again, and
 * so is a heartbeat: stations that give every call the same id set their clocks by its answer.
 */
import { createHash } from 'node:crypto';

export interface RepeatedCalls {
  /** `new`: to be handled. `waiting`: its answer is on the way. Else the answer that left before. */
  arrived(text: string): 'new' | 'waiting' | { readonly answer: string };
  /** A frame of ours leaves. */
  left(text: string): void;
  /** The call is left unanswered: the station shall repeat it. */
  unanswered(messageId: string): void;
}

/** A station has one call in flight: what it repeats is among its latest. */
const REMEMBERED_MAX = 8;
const ID = /^\s*\[\s*(\d)\s*,\s*"((?:[^"\\]|\\.){1,64})"\s*(?:,\s*"(\w{1,64})")?/;
const CALL = '2';
const ANSWERS = new Set(['3', '4']);

interface Remembered {
  readonly digest: string;
  answer?: string;
}

export function createRepeatedCalls(): RepeatedCalls {
  const known = new Map<string, Remembered>();
  return {
    arrived(text) {
      const [, messageType, messageId, action] = ID.exec(text) ?? [];
      if (messageType !== CALL || messageId === undefined || action === 'Heartbeat') return 'new';
      const digest = createHash('sha1').update(text).digest('base64');
      const before = known.get(messageId);
      if (before?.digest === digest) {
        return before.answer === undefined ? 'waiting' : { answer: before.answer };
      }
      known.delete(messageId);
      known.set(messageId, { digest });
      const [oldest] = known.keys();
      if (known.size > REMEMBERED_MAX && oldest !== undefined) known.delete(oldest);
      return 'new';
    },
    left(text) {
      const [, messageType, messageId] = ID.exec(text) ?? [];
      if (messageType === undefined || messageId === undefined) return;
      const call = ANSWERS.has(messageType) ? known.get(messageId) : undefined;
      if (call !== undefined) call.answer = text;
    },
    unanswered: (messageId) => void known.delete(messageId),
  };
}
