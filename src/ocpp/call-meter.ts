/** Rate, errors and duration of OCPP calls by action and direction. Stations are no label on purpose. */
import { Histogram, type Registry } from 'prom-client';

export interface CallEnd {
  readonly action: string;
  /** `in`: a call of a station; `out`: one of ours. */
  readonly direction: 'in' | 'out';
  /** `unanswered`: a station's call that was left for it to repeat. */
  readonly outcome: 'answered' | 'call-error' | 'unanswered' | 'timeout' | 'closed';
  /** From the call to its answer, or to where it was given up. */
  readonly durationMs: number;
}

const BUCKETS_SEC = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 2, 5, 10, 30, 60];

export function createCallMeter(registry: Registry): (end: CallEnd) => void {
  const durations = new Histogram({
    name: 'busbar_ocpp_call_duration_seconds',
    help: 'OCPP calls: of stations from arrival to answer, ours from written to answered.',
    labelNames: ['action', 'direction', 'outcome'],
    buckets: BUCKETS_SEC,
    registers: [registry],
  });
  return ({ action, direction, outcome, durationMs }) =>
    durations.observe({ action, direction, outcome }, durationMs / 1000);
}
