/** What OCPP-J asks to be answered, read from the text of a frame: ids of answers, and how often. */
import { cleanFrame } from '../../src/ocpp/frames.js';
import type { OcppVersion } from '../../src/ocpp/messages.js';

export type Expected =
  /** A call: a result or an error under this id. */
  | { readonly kind: 'call'; readonly id: string; readonly action: string }
  /** Broken: an error under this id (`-1` where none can be read), or silence. */
  | { readonly kind: 'broken'; readonly id?: string }
  /** Whole, and nothing is to be answered. */
  | { readonly kind: 'silent' };

const ID_LENGTH_MAX = 255;
const DEPTH_MAX = 32;
const HEAD_OF_CALL = /^\s*\[\s*2\s*,\s*"([^"\\]{1,255})"\s*,/;

export function expectedOf(text: string, version: OcppVersion): Expected {
  const cleaned = cleanFrame(text);
  if (cleaned.trim() === '') return { kind: 'silent' };
  const isOld = version === 'ocpp1.6';
  if (isDeep(cleaned)) {
    const id = HEAD_OF_CALL.exec(cleaned)?.[1] ?? (isOld ? undefined : '-1');
    return id === undefined ? { kind: 'broken' } : { kind: 'broken', id };
  }
  const parts = parse(cleaned);
  const nobody = isOld ? { kind: 'broken' as const } : { kind: 'broken' as const, id: '-1' };
  if (!Array.isArray(parts) || typeof parts[0] !== 'number') return nobody;
  const [type, id, action, payload] = parts as unknown[];
  const hasId = typeof id === 'string' && id.length <= ID_LENGTH_MAX;
  const known = version === 'ocpp2.1' ? [2, 3, 4, 5, 6] : [2, 3, 4];
  if (!known.includes(type as number)) {
    return isOld ? { kind: 'broken' } : { kind: 'broken', id: hasId ? id : '-1' };
  }
  if (!hasId) return type === 2 ? nobody : { kind: 'broken' };
  const isRequest = type === 2 || type === 6;
  if (isRequest && (typeof action !== 'string' || payload === undefined)) {
    return type === 2 ? { kind: 'broken', id } : { kind: 'broken' };
  }
  return type === 2 ? { kind: 'call', id, action: action as string } : { kind: 'silent' };
}

const TEXTS = /"(?:[^"\\]|\\.)*(?:"|$)/gs;

/** More than 32 brackets are open at one place, those in texts not counted. */
function isDeep(text: string): boolean {
  let open = 0;
  return text
    .replace(TEXTS, '')
    .split('')
    .some((it) => {
      if (it === '[' || it === '{') open += 1;
      if (it === ']' || it === '}') open -= 1;
      return open > DEPTH_MAX;
    });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
