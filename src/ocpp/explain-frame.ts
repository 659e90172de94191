/** What is wrong with a logged frame, in words: the schema of its version, by the letter. */
import { CallError } from './call-error.js';
import type { OcppVersion } from './messages.js';
import { createMessageSchemas, type MessageSchemas } from './validation.js';

export interface LoggedFrame {
  readonly version?: OcppVersion;
  readonly messageType?: number;
  readonly action?: string;
  /** The frame as JSON text. */
  readonly message: string;
}

export type FrameExplainer = (frame: LoggedFrame) => string | undefined;

const CALL = 2;
const CALL_RESULT = 3;
const SEND = 6;

/** Masked values keep their types, so that a masked frame is judged like the original. */
export function createFrameExplainer(): FrameExplainer {
  const known = new Map<OcppVersion, MessageSchemas>();
  const schemasOf = (version: OcppVersion): MessageSchemas => {
    const schemas = known.get(version) ?? createMessageSchemas(version, 'strict');
    known.set(version, schemas);
    return schemas;
  };
  return ({ version, messageType, action, message }) => {
    const frame = parsed(message);
    if (frame === undefined) return 'it is not JSON';
    if (!Array.isArray(frame)) return 'an OCPP-J frame is a JSON array';
    if (version === undefined || messageType === undefined) return 'it has no message type';
    if (action === undefined) return undefined;
    return violation(schemasOf(version), { messageType, action, frame });
  };
}

function violation(
  schemas: MessageSchemas,
  {
    messageType,
    action,
    frame,
  }: { readonly messageType: number; readonly action: string; readonly frame: readonly unknown[] },
): string | undefined {
  try {
    if (messageType === CALL) schemas.checkRequest(action, frame[3]);
    if (messageType === SEND) schemas.checkSend(action, frame[3]);
    if (messageType === CALL_RESULT) schemas.checkAnswer(action, frame[2]);
    return undefined;
  } catch (error) {
    if (!(error instanceof CallError)) throw error;
    const isUnknown = error.code === 'NotImplemented';
    return isUnknown ? `${action} is no message of this version` : error.message;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
