import type { Handled, HandlerContext } from '../handler.js';
import { counted, moreToCome, recorded } from '../station-record.js';

interface ReportDERControl {
  readonly requestId: number;
  readonly tbc?: boolean;
}

/** 2.1 chapter R: a part of what GetDERControl asked for. Its lists are the settings, by kind. */
export function reportDerControl(payload: ReportDERControl, context: HandlerContext): Handled {
  const { requestId, tbc } = payload;
  const count = Object.values(payload).reduce(
    (sum: number, value: unknown) => sum + (Array.isArray(value) ? value.length : 0),
    0,
  );
  return recorded(
    context,
    {},
    {
      kind: 'der',
      summary: `Grid support: ${counted(count, 'setting')}${moreToCome(tbc)}`,
      requestId,
      data: payload,
    },
  );
}
