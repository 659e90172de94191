/** The frames of OCPP-J before anybody parses them. */

export const CALL = 2;
export const CALL_RESULT = 3;
export const CALL_ERROR = 4;
/** OCPP 2.1: our answer could not be used. */
export const CALL_RESULT_ERROR = 5;
/** OCPP 2.1: a message without an answer. */
export const SEND = 6;

/** The message type number at the head of a frame; undefined when there is none. */
export function messageTypeOf(text: string): number | undefined {
  const digits = /^\s*\[\s*(\d{1,3})\s*,/.exec(text)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** An answer to a call of ours. */
export type AnswerFrame =
  | { readonly messageId: string; readonly payload: unknown }
  | { readonly messageId: string; readonly errorCode: string; readonly description: string };

/** Reads a CALLRESULT or CALLERROR; undefined when it is malformed. */
export function readAnswer(text: string): AnswerFrame | undefined {
  const frame = parse(text);
  if (!Array.isArray(frame)) return undefined;
  const [messageType, messageId, third, fourth] = frame as unknown[];
  if (typeof messageId !== 'string') return undefined;
  if (messageType === CALL_RESULT) return { messageId, payload: third };
  const errorCode = typeof third === 'string' ? third : 'GenericError';
  return { messageId, errorCode, description: typeof fourth === 'string' ? fourth : '' };
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

/**
 * Replaces escaped control characters by a space and escaped lone surrogates by U+FFFD. A NUL or half a
 * character in a vendor name would otherwise be refused by the database for ever, and a line break
 * would forge a log line.
 */
export function cleanEscapes(text: string): string {
  if (!text.includes('\\')) return text;
  return text.replace(ESCAPES, (match) => {
    if (match === '\\\\' || match.length === PAIR_LENGTH) return match;
    return /^\\u[dD]/.test(match) ? '\ufffd' : ' ';
  });
}
