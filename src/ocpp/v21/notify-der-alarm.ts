import type { Handled, HandlerContext } from '../handler.js';
import { recorded } from '../station-record.js';

interface NotifyDERAlarm {
  readonly controlType: string;
  readonly gridEventFault?: string;
  readonly alarmEnded?: boolean;
  readonly timestamp: string;
  readonly extraInfo?: string;
}

/** 2.1 chapter R: a function that supports the grid has tripped, or has recovered. */
export function notifyDerAlarm(payload: NotifyDERAlarm, context: HandlerContext): Handled {
  const { controlType, gridEventFault, alarmEnded, timestamp, extraInfo } = payload;
  const reasons = [gridEventFault, extraInfo].filter((it) => it !== undefined && it !== '');
  const why = reasons.length === 0 ? '' : ` (${reasons.join(', ')})`;
  return recorded(
    context,
    {},
    {
      kind: 'der',
      severity: alarmEnded === true ? 'info' : 'warning',
      summary: `Grid support ${controlType}: alarm${alarmEnded === true ? ' ended' : ''}${why}`,
      timestamp,
      data: payload,
    },
  );
}
