/**
 * Our calls on one connection: one in flight, each with an answer, a timeout or the connection's end.
 * ocpp-rpc's own calls are not used: its ids are not ours to choose, its queue has no bound, and an
 * answer after the timeout would count as a bad message.
 */
import type { AnswerFrame } from './frames.js';
import { CALL } from './frames.js';

/** A call of ours, before it has an id. */
export interface Call {
  readonly action: string;
  readonly payload: object;
}

export type CallEnd =
  | { readonly status: 'result'; readonly payload: unknown }
  | { readonly status: 'call-error'; readonly code: string; readonly description: string }
  | { readonly status: 'timeout' }
  | { readonly status: 'closed' };

export interface CallLine {
  readonly isBusy: () => boolean;
  /**
   * Writes the call at once, in this very step, and returns its message id. Precondition: not busy.
   * `onEnd` is called once, later.
   */
  write(call: Call, onEnd: (end: CallEnd, roundTripMs: number) => void): string;
  /** False when the answer belongs to no call in flight: late or invented, to be ignored. */
  answered(answer: AnswerFrame): boolean;
  /** The connection is gone: the call in flight ends `closed`. */
  close(): void;
}

interface Flight {
  readonly messageId: string;
  readonly end: (end: CallEnd) => void;
}

export function createCallLine(options: {
  readonly send: (text: string) => void;
  readonly messageId: () => string;
  readonly monotonicMs: () => number;
  readonly callTimeoutMs: number;
}): CallLine {
  const { send, messageId, monotonicMs, callTimeoutMs } = options;
  let flight: Flight | undefined;

  return {
    isBusy: () => flight !== undefined,
    write(call, onEnd) {
      const id = messageId();
      const writtenAtMs = monotonicMs();
      const timer = setTimeout(() => flight?.end({ status: 'timeout' }), callTimeoutMs);
      flight = {
        messageId: id,
        end: (end) => {
          clearTimeout(timer);
          flight = undefined;
          onEnd(end, monotonicMs() - writtenAtMs);
        },
      };
      send(JSON.stringify([CALL, id, call.action, call.payload]));
      return id;
    },
    answered(answer) {
      if (flight?.messageId !== answer.messageId) return false;
      if ('errorCode' in answer) {
        const { errorCode, description } = answer;
        flight.end({ status: 'call-error', code: errorCode, description });
      } else flight.end({ status: 'result', payload: answer.payload });
      return true;
    },
    close: () => flight?.end({ status: 'closed' }),
  };
}
