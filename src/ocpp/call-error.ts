import { cutText } from './cut-text.js';
import { CALL_ERROR, type BrokenFrame, DEPTH_MAX, type Flaw } from './frames.js';
import type { OcppVersion } from './messages.js';

/** Codes of a CALLERROR in 2.x spelling; `wireCode` writes the spelling of 1.6 where it differs. */
export type CallErrorCode =
  | 'NotImplemented'
  | 'NotSupported'
  | 'InternalError'
  | 'ProtocolError'
  | 'FormatViolation'
  | 'PropertyConstraintViolation'
  | 'OccurrenceConstraintViolation'
  | 'TypeConstraintViolation'
  | 'RpcFrameworkError'
  | 'MessageTypeNotSupported'
  | 'GenericError';

/** An answer to a station's call that is a CALLERROR. The text reaches the station. */
export class CallError extends Error {
  readonly code: CallErrorCode;

  constructor(code: CallErrorCode, message: string) {
    super(message);
    this.name = 'CallError';
    this.code = code;
  }
}

/** 1.6 spells two of them its own way, one with a letter missing (1.6J §4.2.3). */
const SPELLING_16: Readonly<Partial<Record<CallErrorCode, string>>> = {
  FormatViolation: 'FormationViolation',
  OccurrenceConstraintViolation: 'OccurenceConstraintViolation',
  RpcFrameworkError: 'FormationViolation',
  MessageTypeNotSupported: 'GenericError',
};

export function wireCode(code: CallErrorCode, version: OcppVersion): string {
  return version === 'ocpp1.6' ? (SPELLING_16[code] ?? code) : code;
}

/** 255 characters are what a description may have. */
const DESCRIPTION_LENGTH_MAX = 255;

/** The CALLERROR frame for whatever a handler threw. What nobody foresaw stays inside. */
export function callErrorFrame(messageId: string, error: unknown, version: OcppVersion): string {
  const isKnown = error instanceof CallError;
  const code = wireCode(isKnown ? error.code : 'InternalError', version);
  const description = cutText(isKnown ? error.message : '', DESCRIPTION_LENGTH_MAX);
  return JSON.stringify([CALL_ERROR, messageId, code, description, {}]);
}

const FLAWS: Readonly<Record<Flaw, readonly [CallErrorCode, string]>> = {
  unreadable: ['RpcFrameworkError', 'no JSON array with a message type in front'],
  'too-deep': ['FormatViolation', `the message nests deeper than ${DEPTH_MAX} levels`],
  'unknown-type': ['MessageTypeNotSupported', 'this version has no such message type'],
  'no-message-id': ['RpcFrameworkError', 'the message id is no text of at most 255 characters'],
  'no-action': ['RpcFrameworkError', 'the action is no text'],
  'no-payload': ['ProtocolError', 'the payload is missing'],
};

/** Stands for an id that could not be read (2.x part 4 §4.2.3). */
const NO_MESSAGE_ID = '-1';

/**
 * The answer to a frame that breaks OCPP-J; undefined where the text wants silence. 1.6 ignores
 * message types it does not know and has no id for frames without a readable one (1.6J §4.1.3).
 */
export function refusalFrame(broken: BrokenFrame, version: OcppVersion): string | undefined {
  const { flaw, messageId, wantsAnswer } = broken;
  if (!wantsAnswer) return undefined;
  const isSilent = messageId === undefined || flaw === 'unknown-type';
  if (version === 'ocpp1.6' && isSilent) return undefined;
  const [code, description] = FLAWS[flaw];
  return callErrorFrame(messageId ?? NO_MESSAGE_ID, new CallError(code, description), version);
}
