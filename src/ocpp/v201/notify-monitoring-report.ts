import type { Handled, HandlerContext } from '../handler.js';
import { counted, moreToCome, recorded } from '../station-record.js';

interface MonitoringReport {
  readonly requestId: number;
  readonly seqNo: number;
  readonly generatedAt: string;
  readonly tbc?: boolean;
  readonly monitor?: readonly { readonly variableMonitoring: readonly unknown[] }[];
}

/** N02: one part of the report that GetMonitoringReport asked for. */
export function notifyMonitoringReport(
  payload: MonitoringReport,
  context: HandlerContext,
): Handled {
  const { requestId, seqNo, generatedAt, tbc, monitor = [] } = payload;
  const count = monitor.reduce((sum, it) => sum + it.variableMonitoring.length, 0);
  return recorded(
    context,
    {},
    {
      kind: 'monitoring-report',
      summary: `Monitoring report, part ${seqNo}: ${counted(count, 'monitor')}${moreToCome(tbc)}`,
      timestamp: generatedAt,
      requestId,
      data: payload,
    },
  );
}
