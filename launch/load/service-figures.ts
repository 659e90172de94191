/** How quickly the service decides and its commands are answered, as it says itself. */
import type { ApiClient } from '../api-client.js';
import { type Percentiles, percentiles } from '../percentiles.js';

type Sampled = 'ackMs' | 'cutMs' | 'decisionMs';

interface Figures {
  readonly profileCommands: number;
  readonly ackMs: readonly number[];
  readonly cutMs: readonly number[];
  readonly decisionMs: readonly number[];
  readonly sampleCounts: Readonly<Record<Sampled, number>>;
}

export interface ServiceFigures {
  readonly profiles: number;
  /** From the row committed to the station's answer. */
  readonly profileAckMs: Percentiles;
  /** From an event that demands a cut to its acknowledgement. */
  readonly cutMs: Percentiles;
  /** From events taken in to their step committed. */
  readonly decisionMs: Percentiles;
  readonly decisions: number;
}

/** What the returned function tells is of the time between the two calls. */
export async function readFigures(api: ApiClient): Promise<() => Promise<ServiceFigures>> {
  const before = await api.get<Figures>('/v1/figures');
  return async () => {
    const after = await api.get<Figures>('/v1/figures');
    const countOf = (name: Sampled): number => after.sampleCounts[name] - before.sampleCounts[name];
    // The service keeps the latest: of a long run not all are left.
    const since = (name: Sampled): readonly number[] =>
      after[name].slice(Math.max(0, after[name].length - countOf(name)));
    return {
      profiles: after.profileCommands - before.profileCommands,
      profileAckMs: percentiles(since('ackMs')),
      cutMs: percentiles(since('cutMs')),
      decisionMs: percentiles(since('decisionMs')),
      decisions: countOf('decisionMs'),
    };
  };
}
