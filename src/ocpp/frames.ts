/** The frames of OCPP-J: read once, checked for shape only. What they carry is checked elsewhere. */
import type { OcppVersion } from './messages.js';
import { nestsDeeperThan } from './nesting.js';

export const CALL = 2;
export const CALL_RESULT = 3;
export const CALL_ERROR = 4;
/** OCPP 2.1: an answer could not be used. */
export const CALL_RESULT_ERROR = 5;
/** OCPP 2.1: a message without an answer. */
export const SEND = 6;

/** A request of the station: with an answer (CALL) or without (SEND). */
export interface RequestFrame {
  readonly messageId: string;
  readonly action: string;
  readonly payload: unknown;
}

/** An answer to a call of ours. */
export type AnswerFrame =
  | { readonly messageId: string; readonly payload: unknown }
  | { readonly messageId: string; readonly errorCode: string; readonly description: string };

/** The station could not use an answer of ours (CALLRESULTERROR). */
export interface RefusedAnswerFrame {
  readonly messageId: string;
  readonly errorCode: string;
  readonly description: string;
  readonly details: unknown;
}

/**
 * What is wrong with a frame.
 * - `unreadable` no JSON, no array, or no message type in front
 * - `too-deep` it nests deeper than any message; not parsed, only its head is read
 * - `unknown-type` a message type that the version does not have
 * - `no-message-id` the second element is no text, or longer than any id
 * - `no-action`, `no-payload` a request that lacks its third or fourth element
 */
export type Flaw =
  | 'unreadable'
  | 'too-deep'
  | 'unknown-type'
  | 'no-message-id'
  | 'no-action'
  | 'no-payload';

export interface BrokenFrame {
  readonly flaw: Flaw;
  /** Present when it could be read. */
  readonly messageId?: string;
  /** False for frames that are themselves answers, or that want none. */
  readonly wantsAnswer: boolean;
}

export type Frame =
  | { readonly kind: 'call'; readonly request: RequestFrame }
  | { readonly kind: 'send'; readonly request: RequestFrame }
  | { readonly kind: 'answer'; readonly answer: AnswerFrame }
  | { readonly kind: 'answer-refused'; readonly refused: RefusedAnswerFrame }
  | { readonly kind: 'broken'; readonly broken: BrokenFrame };

/** Stations use up to 36 characters, some a little more; nothing sane uses as many as this. */
const MESSAGE_ID_LENGTH_MAX = 255;
/** The deepest message of the standard has 11 levels; vendors put a little more into custom data. */
export const DEPTH_MAX = 32;
const TYPES: Readonly<Record<OcppVersion, readonly unknown[]>> = {
  'ocpp1.6': [CALL, CALL_RESULT, CALL_ERROR],
  'ocpp2.0.1': [CALL, CALL_RESULT, CALL_ERROR],
  'ocpp2.1': [CALL, CALL_RESULT, CALL_ERROR, CALL_RESULT_ERROR, SEND],
};

/** Reads one frame as its version defines it (OCPP-J 1.6 §4, 2.x part 4 §4). Never throws. */
export function readFrame(text: string, version: OcppVersion): Frame {
  if (nestsDeeperThan(text, DEPTH_MAX)) return tooDeep(text);
  const parts = parse(text);
  if (!Array.isArray(parts) || typeof parts[0] !== 'number') {
    return { kind: 'broken', broken: { flaw: 'unreadable', wantsAnswer: true } };
  }
  const [type, id, ...rest] = parts as unknown[];
  const messageId = typeof id === 'string' && id.length <= MESSAGE_ID_LENGTH_MAX ? id : undefined;
  const known = messageId === undefined ? {} : { messageId };
  if (!TYPES[version].includes(type)) {
    return { kind: 'broken', broken: { flaw: 'unknown-type', wantsAnswer: true, ...known } };
  }
  if (messageId === undefined) {
    return { kind: 'broken', broken: { flaw: 'no-message-id', wantsAnswer: type === CALL } };
  }
  switch (type) {
    case CALL_RESULT:
      return { kind: 'answer', answer: { messageId, payload: rest[0] } };
    case CALL_ERROR:
      return { kind: 'answer', answer: { messageId, ...errorOf(rest) } };
    case CALL_RESULT_ERROR:
      return {
        kind: 'answer-refused',
        refused: { messageId, ...errorOf(rest), details: rest[2] ?? {} },
      };
    default:
      return requestOf(type === CALL ? 'call' : 'send', messageId, rest);
  }
}

/** The head of a call, with an id that holds no escapes. */
const HEAD_OF_CALL = /^\s*\[\s*2\s*,\s*"([^"\\]{1,255})"\s*,/;

/** A station that gets no answer would send it again and again: the id is found without parsing. */
function tooDeep(text: string): Frame {
  const messageId = HEAD_OF_CALL.exec(text)?.[1];
  const known = messageId === undefined ? {} : { messageId };
  return { kind: 'broken', broken: { flaw: 'too-deep', wantsAnswer: true, ...known } };
}

function requestOf(kind: 'call' | 'send', messageId: string, rest: readonly unknown[]): Frame {
  const [action, payload] = rest;
  const wantsAnswer = kind === 'call';
  if (typeof action !== 'string') {
    return { kind: 'broken', broken: { flaw: 'no-action', messageId, wantsAnswer } };
  }
  if (payload === undefined) {
    return { kind: 'broken', broken: { flaw: 'no-payload', messageId, wantsAnswer } };
  }
  return { kind, request: { messageId, action, payload } };
}

function errorOf([code, description]: readonly unknown[]): {
  readonly errorCode: string;
  readonly description: string;
} {
  return {
    errorCode: typeof code === 'string' ? code : 'GenericError',
    description: typeof description === 'string' ? description : '',
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const ESCAPES =
  /\\(?:\\|u[dD][89abAB][0-9a-fA-F]{2}(?:\\u[dD][c-fC-F][0-9a-fA-F]{2})?|u[dD][c-fC-F][0-9a-fA-F]{2}|u00[01][0-9a-fA-F]|u007[fF]|[bfnrt])/g;
/** Length of `\\uD83D\\uDE00`, an escaped surrogate pair. */
const PAIR_LENGTH = 12;

// oxlint-disable-next-line no-control-regex -- it is what they are
const CONTROLS = /[\u0000-\u001f\u007f]/g;

/**
 * Replaces control characters by a space, escaped or as they are, and escaped lone surrogates by
 * U+FFFD. A NUL or half a character in a vendor name would otherwise be refused by the database for
 * ever, a line break would forge a log line, and a frame that ends in the NUL of its C string, or has
 * a tabulator in a text, would be no JSON.
 */
export function cleanFrame(text: string): string {
  const plain = text.replace(CONTROLS, ' ');
  if (!plain.includes('\\')) return plain;
  return plain.replace(ESCAPES, (match) => {
    if (match === '\\\\' || match.length === PAIR_LENGTH) return match;
    return /^\\u[dD]/.test(match) ? '\ufffd' : ' ';
  });
}
