/** From a message that people want to see to the row that keeps it. */
import { cutText } from './cut-text.js';
import type { Handled, HandlerContext } from './handler.js';
import { toldInstant } from './instants.js';
import { maskSecrets } from './mask-secrets.js';
import type { RecordKind, StationRecord } from './messages.js';

export interface RecordFields {
  readonly kind: RecordKind;
  /** Absent: info. */
  readonly severity?: StationRecord['severity'];
  /** One sentence in plain words; made one line without secrets here. */
  readonly summary: string;
  /** What is kept of the message; masked here. */
  readonly data: object;
  /** As the station wrote it; absent or unreadable: the time of arrival. */
  readonly timestamp?: string | undefined;
  readonly evseNumber?: number | undefined;
  readonly requestId?: number | undefined;
}

/** An answer, and one record of what was said. */
export function recorded(context: HandlerContext, answer: object, fields: RecordFields): Handled {
  return { events: [], records: [stationRecord(context, fields)], answer };
}

export function stationRecord(context: HandlerContext, fields: RecordFields): StationRecord {
  const { kind, severity = 'info', summary, data, timestamp, evseNumber, requestId } = fields;
  const { stationId, receivedAtMs } = context;
  return {
    stationId,
    kind,
    severity,
    atMs: toldInstant(timestamp, receivedAtMs),
    receivedAtMs,
    ...(isEvseNumber(evseNumber) && { evseNumber }),
    ...(Number.isSafeInteger(requestId) && { requestId }),
    summary: oneLine(String(maskSecrets(summary))),
    data: maskSecrets(data) as StationRecord['data'],
  } as StationRecord;
}

const EVSE_NUMBER_MAX = 9_999;

/** A number beyond what any station has would not fit its column. */
function isEvseNumber(value: number | undefined): boolean {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) <= EVSE_NUMBER_MAX;
}

const SUMMARY_LENGTH_MAX = 300;
/** Line ends, control characters and marks that turn the direction of writing. */
const NOT_ONE_LINE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu;

function oneLine(text: string): string {
  const line = text.replace(NOT_ONE_LINE, ' ').trim();
  return line.length <= SUMMARY_LENGTH_MAX ? line : `${cutText(line, SUMMARY_LENGTH_MAX - 1)}…`;
}

/** `, more to come` while a report has further parts. */
export function moreToCome(tbc: boolean | undefined): string {
  return tbc === true ? ', more to come' : '';
}

/** `1 profile`, `2 profiles`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** `: reason (details)` where the station gave one. */
export function because(info: StatusInfo | undefined): string {
  if (info === undefined) return '';
  const { reasonCode, additionalInfo } = info;
  return `: ${reasonCode}${additionalInfo === undefined ? '' : ` (${additionalInfo})`}`;
}

export interface StatusInfo {
  readonly reasonCode: string;
  readonly additionalInfo?: string;
}
