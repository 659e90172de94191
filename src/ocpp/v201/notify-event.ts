import type { Handled, HandlerContext } from '../handler.js';
import type { StationRecord } from '../messages.js';
import { stationRecord } from '../station-record.js';

interface EventData {
  readonly eventId: number;
  readonly timestamp: string;
  readonly trigger: string;
  readonly actualValue: string;
  readonly cleared?: boolean;
  readonly techCode?: string;
  readonly techInfo?: string;
  readonly component: {
    readonly name: string;
    readonly instance?: string;
    readonly evse?: { readonly id: number };
  };
  readonly variable: { readonly name: string; readonly instance?: string };
  /** 2.1: 0 danger ... 9 debug. */
  readonly severity?: number;
}

/** N07, N08: one record for each event, since each has its own place and weight. */
export function notifyEvent(
  payload: { readonly eventData: readonly EventData[] },
  context: HandlerContext,
): Handled {
  const records = payload.eventData.map((event) =>
    stationRecord(context, {
      kind: 'monitor-event',
      severity: severityOf(event),
      summary: summaryOf(event),
      timestamp: event.timestamp,
      evseNumber: event.component.evse?.id,
      data: event,
    }),
  );
  return { events: [], records, answer: {} };
}

const ERROR_MAX = 4;
const WARNING_MAX = 6;

/** 2.x part 2 §2.3 severities: up to 4 is an error, 5 alert and 6 warning; else an alert warns. */
function severityOf({ severity, trigger, cleared }: EventData): StationRecord['severity'] {
  if (cleared === true) return 'info';
  if (severity === undefined) return trigger === 'Alerting' ? 'warning' : 'info';
  if (severity <= ERROR_MAX) return 'error';
  return severity <= WARNING_MAX ? 'warning' : 'info';
}

function summaryOf(event: EventData): string {
  const { component, variable, actualValue, cleared, techCode, techInfo } = event;
  const what = `${named(component)}.${named(variable)}`;
  const tech = [techCode, techInfo].filter((text) => text !== undefined && text !== '').join(' ');
  const verb = cleared === true ? 'back to' : 'is';
  return `${what} ${verb} ${actualValue}${tech === '' ? '' : ` (${tech})`}`;
}

function named({ name, instance }: { readonly name: string; readonly instance?: string }): string {
  return instance === undefined ? name : `${name}[${instance}]`;
}
