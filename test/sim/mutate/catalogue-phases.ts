/** R12: credit for fewer phases than an EVSE is wired to. */
import type { Mutation } from './mutation.js';

const BIAS = { rule: 'R12', workload: 'phase-switch' } as const;

export const PHASE_MUTATIONS: readonly Mutation[] = [
  {
    rule: 'R12',
    workload: 'switches-phases',
    what: 'a station is believed to switch phases that its composite did not show',
    file: 'src/control/phase-switch.ts',
    find: ' || !isForOnePhase(schedule)) return;\n',
    replace: ') return;\n',
  },
  {
    rule: 'R12',
    workload: 'switches-phases',
    what: 'a station is believed to use the phase that was named, whatever its composite shows',
    file: 'src/control/phase-switch.ts',
    find: '  if (schedule.periods.some(({ phaseToUse = 1 }) => phaseToUse !== told)) return;\n',
    replace: '',
  },
  {
    rule: 'R12',
    workload: 'switches-phases',
    what: 'a switch back to three phases counts on one',
    file: 'ledger/offer.ts',
    find: '  if (phases === 1) return segments;\n',
    replace: '  if (phases === 1 || phases === undefined) return segments;\n',
  },
  {
    rule: 'R12',
    workload: 'offline-lapse',
    what: 'fewer phases earn credit under a lease that the next transaction has as well',
    file: 'src/control/phase-watch.ts',
    find: " && leaseCarrierOf(station, id) === 'tx';",
    replace: ';',
  },
  {
    ...BIAS,
    what: 'fewer phases earn credit at the first sample',
    file: 'src/control/phase-watch.ts',
    find: 'const SHOWN_FOR_MS = 120_000;',
    replace: 'const SHOWN_FOR_MS = 0;',
  },
  {
    ...BIAS,
    what: 'a vehicle that does not charge shows which phases it uses',
    file: 'src/control/phase-watch.ts',
    find: '    if (!isIdle || !isCharging) return undefined;',
    replace: '    if (!isIdle) return undefined;',
  },
  {
    ...BIAS,
    what: 'the phases of an EVSE are taken for those of the supply',
    file: 'src/sites/rotation.ts',
    find: "  return [from('R'), from('S'), from('T')];",
    replace: "  return from('R') === undefined ? undefined : values;",
  },
  {
    ...BIAS,
    what: 'credit for fewer phases outlives the first sample above 1 A',
    file: 'src/control/phase-watch.ts',
    find: '    isRevoked: isMore,',
    replace: '    isRevoked: isMore && atMs < 0,',
  },
  {
    ...BIAS,
    what: 'credit for fewer phases does not end without samples',
    file: 'src/control/phase-watch.ts',
    find: 'untilMs: sampledAtMs + creditMs(settings) });',
    replace: 'untilMs: sampledAtMs + 1e9 });',
  },
  {
    ...BIAS,
    what: 'credit for fewer phases passes to the next transaction',
    file: 'src/control/phase-watch.ts',
    find: 'if (!isOf(state, evse) && state.transactionId !== undefined) {',
    replace: 'if (evse.channels.some((it) => it === undefined)) {',
  },
  {
    ...BIAS,
    what: 'what a command raises after the end of a credit counts on fewer phases still',
    file: 'ledger/phase-credit.ts',
    find: 'toMs, addA, channels: wired, evseId });\n    }\n    return segments;',
    replace: 'toMs, addA, channels: used, evseId });\n    }\n    return segments;',
  },
  {
    ...BIAS,
    what: 'W stays on fewer phases after the end of a credit',
    file: 'ledger/phase-credit.ts',
    find: '    until,\n',
    replace: '    { ...until, currentA: 0 },\n',
  },
];
