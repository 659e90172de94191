/** What an observer of the wire may see: every frame, without the tokens of drivers. */
import { maskSecrets } from './mask-secrets.js';

export interface FrameRecord {
  readonly stationId: string;
  readonly direction: 'in' | 'out';
  /** OCPP-J message type: 2 call, 3 result, 4 error; undefined when it is none. */
  readonly messageType: number | undefined;
  /** The action of a call. */
  readonly action: string | undefined;
  readonly bytes: number;
  /** The frame with tokens masked; parsed only when asked for. Undefined when it is not JSON. */
  readonly redacted: () => unknown;
}

export type FrameHook = (record: FrameRecord) => void;

/** Describes one frame; costs a regular expression, no parse. */
export function frameRecord(stationId: string, direction: 'in' | 'out', text: string): FrameRecord {
  const call = /^\s*\[\s*(\d{1,3})\s*,(?:\s*"[^"]*"\s*,\s*"([^"]{1,64})")?/.exec(text);
  const messageType = call?.[1] === undefined ? undefined : Number(call[1]);
  const hasAction = messageType === 2 || messageType === 6;
  return {
    stationId,
    direction,
    messageType,
    action: hasAction ? call?.[2] : undefined,
    bytes: Buffer.byteLength(text),
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
