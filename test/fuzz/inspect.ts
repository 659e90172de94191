/** What must hold of everything that a batch brought about, whatever was sent. */
import type { StationEvent, StationRecord } from '../../src/ocpp/messages.js';
import type { Outcome } from './line-under-test.js';
import { SECRET_MARK } from './schema-payload.js';

export interface Finding {
  readonly rule: string;
  readonly detail: string;
}

const SUMMARY_LENGTH_MAX = 300;
const BIGGEST_INSTANT_MS = 8.64e15;

export function inspect(outcome: Outcome): Finding[] {
  return [
    ...outcome.events.flatMap(inspectEvent),
    ...outcome.records.flatMap(inspectRecord),
    ...outcome.logLines.flatMap(inspectLogLine),
    ...pollution(),
  ];
}

/** Numbers must be storable, texts without control characters. */
function inspectEvent(event: StationEvent): Finding[] {
  const odd = oddValue(event, event.type);
  return odd === undefined ? [] : [{ rule: 'bad-event', detail: odd }];
}

function oddValue(value: unknown, path: string): string | undefined {
  if (typeof value === 'number' && !Number.isFinite(value)) return `${path} is ${value}`;
  if (typeof value === 'string' && /[\0\n\r]|\p{Surrogate}/u.test(value)) {
    return `${path} is ${JSON.stringify(value).slice(0, 100)}`;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [name, inner] of Object.entries(value)) {
    const odd = oddValue(inner, `${path}/${name}`);
    if (odd !== undefined) return odd;
  }
  return undefined;
}

function inspectRecord(record: StationRecord): Finding[] {
  const found: Finding[] = [];
  const { summary, atMs, requestId, evseNumber, severity } = record;
  const fail = (rule: string, detail: string) => found.push({ rule, detail: detail.slice(0, 300) });
  if (
    summary === '' ||
    summary.length > SUMMARY_LENGTH_MAX ||
    /[\p{Cc}\p{Zl}\p{Zp}]/u.test(summary)
  )
    fail('bad-record', `summary ${JSON.stringify(summary)}`);
  if (!(Math.abs(atMs) <= BIGGEST_INSTANT_MS)) fail('bad-record', `atMs ${atMs}`);
  if (requestId !== undefined && !Number.isSafeInteger(requestId))
    fail('bad-record', `requestId ${requestId}`);
  if (evseNumber !== undefined && !(evseNumber >= 0 && evseNumber <= 9_999))
    fail('bad-record', `evseNumber ${evseNumber}`);
  if (!['info', 'warning', 'error'].includes(severity)) fail('bad-record', severity);
  const text = JSON.stringify(record);
  if (text.includes(SECRET_MARK)) fail('leak', `record ${text}`);
  return found;
}

/** A line is one JSON object and one line end, and holds no token. */
function inspectLogLine(line: string): Finding[] {
  if (line.includes(SECRET_MARK)) return [{ rule: 'leak', detail: line.slice(0, 300) }];
  const isOneLine = line.endsWith('\n') && !/[\n\r\u2028\u2029]/.test(line.slice(0, -1));
  if (!isOneLine) return [{ rule: 'log-line', detail: JSON.stringify(line).slice(0, 300) }];
  const { level, msg } = JSON.parse(line) as { level: number; msg: string };
  const isError = level >= 50;
  return isError ? [{ rule: 'handler-failed', detail: `${msg}: ${line.slice(0, 300)}` }] : [];
}

function pollution(): Finding[] {
  const names = Object.keys(Object.prototype);
  return names.length === 0 ? [] : [{ rule: 'polluted', detail: names.join(', ') }];
}
