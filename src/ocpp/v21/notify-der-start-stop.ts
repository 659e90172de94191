import type { Handled, HandlerContext } from '../handler.js';
import { recorded } from '../station-record.js';

interface NotifyDERStartStop {
  readonly controlId: string;
  readonly started: boolean;
  readonly timestamp: string;
  readonly supersededIds?: readonly string[];
}

/** 2.1 chapter R: a scheduled grid support setting begins or ends. */
export function notifyDerStartStop(payload: NotifyDERStartStop, context: HandlerContext): Handled {
  const { controlId, started, timestamp, supersededIds = [] } = payload;
  const instead = supersededIds.length === 0 ? '' : ` in place of ${supersededIds.join(', ')}`;
  return recorded(
    context,
    {},
    {
      kind: 'der',
      summary: `Grid support setting ${controlId} ${started ? 'started' : 'ended'}${instead}`,
      timestamp,
      data: payload,
    },
  );
}
