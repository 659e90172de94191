/** R0: what stands in the place of F0 never lapses; untested stations under an owner's policy. */
import type { Mutation } from './mutation.js';

export const OFFLINE_MUTATIONS: readonly Mutation[] = [
  {
    rule: 'R0',
    workload: 'untested-policy',
    what: 'nothing is kept free for untested stations that may fail',
    file: 'ledger/failure-reserve.ts',
    find: 'sorted.slice(0, reserve.failures)',
    replace: 'sorted.slice(0, 0)',
  },
  {
    rule: 'R0',
    workload: 'untested-policy',
    what: 'an untested station that was away counts by what it had shown before',
    file: 'src/control/count-as-told.ts',
    find: 'counts ? booted(ledger) : ledger',
    replace: 'ledger',
  },
  {
    rule: 'R0',
    workload: 'offline-lapse',
    what: 'a lease in the place of F0 lapses without a link',
    file: 'src/control/offline-guard.ts',
    find: " || leaseCarrierOf(station, evse.id) !== 'tx') return",
    replace: ') return',
  },
];
