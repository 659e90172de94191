/** What is sent: one JSON body for webhooks, the same in words for mail. */
import type { ClaimedDelivery, FaultEvent } from '../store/operations/alert-ports.js';

/** Standard Webhooks asks for bodies of less than 20 kB. */
const BODY_MAX_BYTES = 19_500;
const SUBJECT_LENGTH_MAX = 120;

export interface MailText {
  readonly subject: string;
  readonly text: string;
}

/** As many faults as fit; how many were left out is said. */
export function webhookBody(delivery: ClaimedDelivery, nowMs: number): string {
  for (let shown = delivery.events.length; ; shown = Math.floor(shown / 2)) {
    for (const detail of ['whole', 'without-series'] as const) {
      const body = JSON.stringify(bodyOf(delivery, nowMs, shown, detail));
      if (Buffer.byteLength(body) <= BODY_MAX_BYTES || shown === 0) return body;
    }
  }
}

function bodyOf(
  { type, events, eventCount, tenantId }: ClaimedDelivery,
  nowMs: number,
  shown: number,
  detail: 'whole' | 'without-series',
): object {
  return {
    type,
    timestamp: new Date(nowMs).toISOString(),
    data: {
      tenantId,
      faults: events.slice(0, shown).map((event) => faultBody(event, detail)),
      omitted: eventCount - shown,
    },
  };
}

function faultBody({ type, atMs, fault }: FaultEvent, detail: 'whole' | 'without-series'): object {
  const { series, ...evidence } = fault.evidence;
  const isShown = detail === 'whole' && series !== undefined;
  return {
    event: type,
    at: new Date(atMs).toISOString(),
    faultId: fault.id,
    siteId: fault.siteId,
    stationId: fault.stationId,
    evseNumber: fault.evseNumber,
    kind: fault.kind,
    cause: fault.cause,
    severity: fault.severity,
    summary: fault.summary,
    state: fault.state,
    firstSeenAt: new Date(fault.firstSeenAtMs).toISOString(),
    count: fault.count,
    evidence: isShown ? { ...evidence, series } : evidence,
  };
}

export function mailText(delivery: ClaimedDelivery): MailText {
  const { type, events, eventCount } = delivery;
  const [first] = events;
  if (type === 'alert.test' || first === undefined) {
    return { subject: 'Busbar: test', text: 'Alerts by mail work.\n' };
  }
  const what = eventCount === 1 ? headline(first) : `${eventCount} messages about faults`;
  const omitted = eventCount - events.length;
  const more = omitted > 0 ? [`and ${omitted} more, in the inbox of faults`] : [];
  return {
    subject: `Busbar: ${what}`.replace(/\s+/g, ' ').slice(0, SUBJECT_LENGTH_MAX),
    text: `${[...events.map(paragraph), ...more].join('\n\n')}\n`,
  };
}

function headline({ type, fault }: FaultEvent): string {
  return `${type === 'fault.solved' ? 'solved: ' : ''}${fault.summary}`;
}

function paragraph(event: FaultEvent): string {
  const { fault, atMs } = event;
  const figures = Object.entries(fault.evidence.figures ?? {}).map(([name, it]) => `${name} ${it}`);
  return [
    headline(event),
    `  ${fault.cause} (${fault.severity}), site ${fault.siteId}, ${new Date(atMs).toISOString()}`,
    ...(figures.length === 0 ? [] : [`  ${figures.join(', ')}`]),
    `  fault ${fault.id}`,
  ].join('\n');
}
