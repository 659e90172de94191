/** What becomes of each frame of one connection: who takes it, and what is written back. */
import { callErrorFrame, refusalFrame } from './call-error.js';
import type { Counts } from './counters.js';
import {
  type AnswerFrame,
  type BrokenFrame,
  CALL_RESULT,
  type Frame,
  type RefusedAnswerFrame,
  type RequestFrame,
  readFrame,
} from './frames.js';
import type { OcppVersion } from './messages.js';
import { createRepeatedCalls } from './repeated-calls.js';

/** Returned by a call handler that wants no answer to leave. */
export const NO_ANSWER = Symbol('no answer');

/** A refused answer of ours, with the action that it answered where that is still known. */
export interface RefusedAnswer extends RefusedAnswerFrame {
  readonly action?: string;
}

interface FrameIntake {
  /** Takes a frame, already freed of control characters. Never throws. */
  take(text: string): void;
}

interface FrameIntakeOptions {
  readonly version: OcppVersion;
  readonly counts: Counts;
  /** So many broken frames in a row are borne. */
  readonly badFramesMax: number;
  readonly send: (text: string) => void;
  /** Returns the answer or NO_ANSWER; throws CallError for a CALLERROR. */
  readonly onCall: (action: string, payload: unknown) => Promise<object | typeof NO_ANSWER>;
  /** Must not reject. */
  readonly onSend: (action: string, payload: unknown) => Promise<void>;
  /** False when no call of ours waits for it. */
  readonly onAnswer: (answer: AnswerFrame) => boolean;
  readonly onAnswerRefused: (refused: RefusedAnswer) => void;
  readonly onTooManyBadFrames: () => void;
}

/** Answers that a station may still complain about. */
const ANSWERED_MAX = 64;

export function createFrameIntake(options: FrameIntakeOptions): FrameIntake {
  const { version, counts, send } = options;
  const inFlight = new Set<string>();
  const answered = new Map<string, string>();
  const repeated = createRepeatedCalls();
  let badCount = 0;

  const remember = ({ messageId, action }: RequestFrame): void => {
    answered.set(messageId, action);
    const [oldest] = answered.keys();
    if (answered.size > ANSWERED_MAX && oldest !== undefined) answered.delete(oldest);
  };

  const reply = (text: string): void => {
    repeated.left(text);
    send(text);
  };

  /** A call repeated while it is worked on is answered once: an error would end both. */
  const call = async (request: RequestFrame, text: string): Promise<void> => {
    const { messageId, action, payload } = request;
    const before = inFlight.has(messageId) ? 'waiting' : repeated.arrived(text);
    if (before !== 'new') {
      counts.add('repeatedCalls');
      if (before !== 'waiting') send(before.answer);
      return;
    }
    inFlight.add(messageId);
    try {
      const answer = await options.onCall(action, payload);
      if (answer === NO_ANSWER) {
        repeated.unanswered(messageId);
        return;
      }
      remember(request);
      reply(JSON.stringify([CALL_RESULT, messageId, answer]));
    } catch (error) {
      reply(callErrorFrame(messageId, error, version));
    } finally {
      inFlight.delete(messageId);
    }
  };

  const bad = (broken: BrokenFrame): void => {
    counts.add('badFrames');
    badCount += 1;
    if (badCount > options.badFramesMax) {
      options.onTooManyBadFrames();
      return;
    }
    const refusal = refusalFrame(broken, version);
    if (refusal !== undefined) send(refusal);
  };

  const takeWhole = (frame: Exclude<Frame, { readonly kind: 'broken' }>, text: string): void => {
    switch (frame.kind) {
      case 'call':
        void call(frame.request, text);
        break;
      case 'send':
        void options.onSend(frame.request.action, frame.request.payload);
        break;
      case 'answer':
        if (!options.onAnswer(frame.answer)) counts.add('lateAnswers');
        break;
      case 'answer-refused': {
        const { refused } = frame;
        const action = answered.get(refused.messageId);
        options.onAnswerRefused(action === undefined ? refused : { ...refused, action });
      }
    }
  };

  return {
    take(text) {
      // Some stations send empty frames to keep a line open.
      if (text.trim() === '') return;
      const frame = readFrame(text, version);
      if (frame.kind === 'broken') {
        bad(frame.broken);
        return;
      }
      badCount = 0;
      takeWhole(frame, text);
    },
  };
}
