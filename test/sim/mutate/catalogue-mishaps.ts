/** What guards against clocks that are set, meters that fail and messages out of order, taken away. */
import type { Mutation } from './mutation.js';

export const MISHAP_MUTATIONS: readonly Mutation[] = [
  {
    rule: 'R6',
    what: 'a clock that is set while a lease runs is not noticed',
    file: 'src/control/clock-doubt.ts',
    find: '  doubtClock(draft, stationId);\n',
    replace: '  void doubtClock;\n  void stationId;\n',
    workload: 'clocks-set',
  },
  {
    rule: 'R6',
    what: 'what a wrong clock had shown of leases counts on',
    file: 'ledger/transitions.ts',
    find: 'return shapedEntry({ ...entry, leaseShown: false, steps });',
    replace: 'return shapedEntry({ ...entry, steps });',
    workload: 'clocks-set',
  },
  {
    rule: 'R5',
    what: 'a meter of the building that tells the same for ever is believed',
    file: 'src/sites/tiers.ts',
    find: 'return stuck ? undefined : readings.filter',
    replace: 'return stuck && nowMs < 0 ? undefined : readings.filter',
    workload: 'site-meter',
  },
  {
    rule: 'R5',
    what: 'a meter of the building that tells nothing any more is believed',
    file: 'src/sites/tiers.ts',
    find: 'const METER_STALE_MS = 60_000;',
    replace: 'const METER_STALE_MS = 3_600_000;',
    workload: 'site-meter',
  },
  {
    rule: 'R5',
    what: 'the newest reading of the building counts alone',
    file: 'src/sites/tiers.ts',
    find: 'Math.max(0, ...readings.map((it) => it.currentA[channel]))',
    replace: 'Math.max(0, ...readings.slice(-1).map((it) => it.currentA[channel]))',
    workload: 'site-meter',
  },
  {
    rule: 'R5',
    what: 'what is generated makes room for more than the rating',
    file: 'src/sites/tiers.ts',
    find: 'const measuredA = Math.max(0, ...readings',
    replace: 'const measuredA = Math.max(...readings',
    workload: 'site-meter',
  },
  {
    rule: 'R8',
    what: 'an order that comes late overrides a newer one',
    file: 'src/control/fold.ts',
    find: '  if (known !== undefined && known.sequence >= signal.sequence) return;\n',
    replace: '  if (known !== undefined && known.sequence < 0) return;\n',
    workload: 'grid-messages',
  },
];
