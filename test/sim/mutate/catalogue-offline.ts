/** R0: what stands in the place of F0 never lapses. */
import type { Mutation } from './mutation.js';

export const OFFLINE_MUTATIONS: readonly Mutation[] = [
  {
    rule: 'R0',
    workload: 'offline-lapse',
    what: 'a lease in the place of F0 lapses without a link',
    file: 'src/control/offline-guard.ts',
    find: " || carrierOf(station, 'lease') !== 'tx') return",
    replace: ') return',
  },
];
