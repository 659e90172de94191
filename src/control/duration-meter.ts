/** How quickly the engine decides and stations acknowledge, as histograms that only ever grow. */
import { Histogram, type Registry } from 'prom-client';
import type { OnDuration } from './figures.js';

const BUCKETS_SEC = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 2, 5, 10, 30, 60];

export function createDurationMeter(registry: Registry): OnDuration {
  const histogram = (name: string, help: string): Histogram =>
    new Histogram({ name, help, buckets: BUCKETS_SEC, registers: [registry] });
  const histograms = {
    ack: histogram('busbar_profile_ack_duration_seconds', 'Command committed to answer.'),
    cut: histogram('busbar_cut_duration_seconds', 'Event that demands a cut to acknowledged cut.'),
    decision: histogram('busbar_decision_duration_seconds', 'Event taken up to rows committed.'),
  };
  return (name, durationMs) => histograms[name].observe(durationMs / 1000);
}
