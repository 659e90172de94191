/** What an observer of the wire may see: every frame, without secrets and the tokens of drivers. */
import { maskSecrets } from './mask-secrets.js';
import type { OcppVersion } from './messages.js';

/** The connection that a frame belongs to. */
export interface FrameOrigin {
  readonly stationId: string;
  readonly generation: number;
  readonly version: OcppVersion;
}

/** How many frames a connection has seen. */
export interface FrameCounts {
  readonly framesIn: number;
  readonly framesOut: number;
}

export interface FrameRecord extends FrameOrigin {
  /** Of the connection, this frame included. */
  readonly messagesIn: number;
  readonly messagesOut: number;
  readonly direction: 'in' | 'out';
  /** OCPP-J message type: 2 call, 3 result, 4 error; undefined when it is none. */
  readonly messageType: number | undefined;
  /** By which a call and its answer find each other. */
  readonly messageId: string | undefined;
  /** The action of a call. */
  readonly action: string | undefined;
  /** The code of a CALLERROR or CALLRESULTERROR. */
  readonly errorCode: string | undefined;
  readonly bytes: number;
  /** True where the text speaks of a temperature: few frames do, and only those are looked into. */
  readonly mentionsTemperature: boolean;
  /** The frame with secrets masked; parsed only when asked for. Undefined when it is not JSON. */
  readonly redacted: () => unknown;
}

export type FrameHook = (record: FrameRecord) => void;

const CALL = 2;
const CALL_ERROR = 4;
const CALL_RESULT_ERROR = 5;
const SEND = 6;
const HEAD = /^\s*\[\s*(\d{1,3})\s*,(?:\s*"([^"]{0,64})"\s*(?:,\s*"([^"]{1,64})")?)?/;

/**
 * Describes one frame; costs a regular expression, no parse. Field by field: what is added to an
 * object after a spread costs as much as all the rest.
 */
export function frameRecord(
  origin: FrameOrigin,
  counts: FrameCounts,
  direction: 'in' | 'out',
  text: string,
): FrameRecord {
  const head = HEAD.exec(text);
  const messageType = head?.[1] === undefined ? undefined : Number(head[1]);
  const hasAction = messageType === CALL || messageType === SEND;
  const hasCode = messageType === CALL_ERROR || messageType === CALL_RESULT_ERROR;
  return {
    stationId: origin.stationId,
    generation: origin.generation,
    version: origin.version,
    messagesIn: counts.framesIn,
    messagesOut: counts.framesOut,
    direction,
    messageType,
    messageId: head?.[2],
    action: hasAction ? head?.[3] : undefined,
    errorCode: hasCode ? head?.[3] : undefined,
    bytes: Buffer.byteLength(text),
    mentionsTemperature: direction === 'in' && text.includes('Temperature'),
    redacted: () => redactText(text),
  };
}

function redactText(text: string): unknown {
  try {
    return maskSecrets(JSON.parse(text));
  } catch {
    return undefined;
  }
}
