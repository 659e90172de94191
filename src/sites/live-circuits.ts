/** What each conductor carries, may carry, and would carry at worst: for the page and the API. */
import { worstCaseAt } from '../../ledger/index.js';
import type { Tier } from '../../ledger/types.js';
import { compileTree, conductorLoads, type ConductorLoad } from '../../solver/index.js';
import type { LiveCircuit } from '../api/ports.js';
import type { SiteState } from '../control/state.js';
import type { EvseStanding } from './snapshot.js';

export function liveCircuits(
  state: SiteState,
  all: readonly EvseStanding[],
  tiers: readonly Tier[],
  nowMs: number,
): readonly LiveCircuit[] {
  const [tier] = tiers;
  if (tier === undefined) return [];
  const tree = compileTree({
    supply: state.site.supply,
    circuits: tier.circuits,
    evses: all.map((it) => it.evse),
  });
  const drawnA = Float64Array.from(all, (it) => Math.max(0, ...(it.session?.drawnA ?? [])));
  const worstA = Float64Array.from(all, (it) =>
    worstCaseAt(it.state.ledger, nowMs, state.site.settings),
  );
  const loads = conductorLoads(tree, drawnA);
  const worst = conductorLoads(tree, worstA);
  return tier.circuits.map((circuit) => {
    const known = state.site.circuits.find((it) => it.id === circuit.id);
    const notGuaranteed = state.control.notGuaranteed.find((it) => it.circuitId === circuit.id);
    return {
      circuitId: circuit.id,
      name: known?.name ?? circuit.id,
      ...(circuit.parentId === undefined ? {} : { parentId: circuit.parentId }),
      conductors: loads.flatMap((load, row) => {
        const ceiling = worst[row];
        if (load.circuitId !== circuit.id || ceiling === undefined) return [];
        return [{ conductor: load.conductor, ...figures(load, ceiling) }];
      }),
      ...(notGuaranteed === undefined
        ? {}
        : { notGuaranteed: { cause: notGuaranteed.cause, sinceMs: notGuaranteed.sinceMs } }),
    };
  });
}

function figures(
  load: ConductorLoad,
  worst: ConductorLoad,
): Pick<LiveCircuit['conductors'][number], 'limit' | 'unit' | 'load' | 'ceiling'> {
  if ('limitW' in load) {
    const ceiling = 'loadW' in worst ? worst.loadW : 0;
    return { limit: load.limitW, unit: 'W', load: load.loadW, ceiling };
  }
  const ceiling = 'loadA' in worst ? worst.loadA : 0;
  return { limit: load.limitA, unit: 'A', load: load.loadA, ceiling };
}
