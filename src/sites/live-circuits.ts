/** What each conductor carries, may carry, and would carry at worst: for the page and the API. */
import type { Tier } from '../../ledger/types.js';
import {
  amps,
  type Circuit,
  type CircuitId,
  type CircuitTree,
  compileTree,
  conductorLoads,
  type ConductorLoad,
} from '../../solver/index.js';
import type { LiveCircuit } from '../api/ports.js';
import type { SiteState } from '../control/state.js';
import { type ChannelPlace, drawnLoads, worstLoads } from './channel-loads.js';
import { type Draw, drawNow } from './live-draw.js';
import { otherLoadA } from './other-load.js';
import type { SiteCircuit } from './site.js';
import type { EvseStanding } from './snapshot.js';
import { baseLoadNow } from './tiers.js';
import { policyReserve } from './untested-policy.js';

export function liveCircuits(
  state: SiteState,
  all: readonly EvseStanding[],
  { tier, nowMs }: { readonly tier: Tier | undefined; readonly nowMs: number },
): readonly LiveCircuit[] {
  if (tier === undefined) return [];
  const draws = all.map((it) => drawNow(state, it, nowMs));
  const drawn = drawnLoads(all, draws);
  const drawnA = Float64Array.from(drawn, (it) => it.currentA);
  const atWorst = worstLoads(state, all, nowMs);
  const worstA = Float64Array.from(atWorst, ({ steps }) => steps[0]?.currentA ?? 0);
  const loads = conductorLoads(treeOf(state, drawn, circuitsNow(state, tier, nowMs)), drawnA);
  const { circuits } = tier;
  const kept = policyReserve(state, all, { circuits, nowMs })?.on(circuits, nowMs) ?? circuits;
  const worst = conductorLoads(treeOf(state, atWorst, kept), worstA);
  const powerW = powerBelow(state, all, { tier, nowMs, draws });
  return tier.circuits.map((circuit) => {
    const known = state.site.circuits.find((it) => it.id === circuit.id);
    const notGuaranteed = state.control.notGuaranteed.find((it) => it.circuitId === circuit.id);
    return {
      circuitId: circuit.id,
      name: known?.name ?? 'All stations together',
      ...(circuit.parentId === undefined ? {} : { parentId: circuit.parentId }),
      conductors: loads.flatMap((load, row) => {
        const ceiling = worst[row];
        if (load.circuitId !== circuit.id || ceiling === undefined) return [];
        return [{ conductor: load.conductor, ...figures(load, ceiling, powerW(circuit.id)) }];
      }),
      ...(notGuaranteed === undefined
        ? {}
        : { notGuaranteed: { cause: notGuaranteed.cause, sinceMs: notGuaranteed.sinceMs } }),
    };
  });
}

function treeOf(
  { site }: SiteState,
  evses: readonly ChannelPlace[],
  circuits: readonly Circuit[],
): CircuitTree {
  return compileTree({ supply: site.supply, circuits, evses });
}

/** The circuits with the other load of now, where the tier has what is counted on. */
function circuitsNow(state: SiteState, tier: Tier, nowMs: number): readonly Circuit[] {
  return tier.circuits.map((circuit) => {
    const known = state.site.circuits.find((it) => it.id === circuit.id);
    if (known === undefined) return circuit;
    const [a, b, c] = baseLoadNow(state, known, nowMs);
    return { ...circuit, baseLoadA: [amps(a), amps(b), amps(c)] };
  });
}

/** Power as metered, W: what a limit in W is about. Other load at nominal voltage. */
function powerBelow(
  state: SiteState,
  all: readonly EvseStanding[],
  { tier, nowMs, draws }: PowerInput,
): (id: CircuitId) => number {
  const parents = new Map(tier.circuits.map((it) => [it.id, it.parentId]));
  const isBelow = (id: CircuitId, top: CircuitId): boolean => {
    if (id === top) return true;
    const parentId = parents.get(id);
    return parentId !== undefined && isBelow(parentId, top);
  };
  return (top) => {
    // A limit on the managed devices alone knows no other load, and is no circuit of the site.
    const circuit = state.site.circuits.find((it) => it.id === top);
    const ownOf = (it: SiteCircuit) => baseLoadNow(state, it, nowMs);
    const otherA = circuit === undefined ? [] : otherLoadA(state.site.circuits, circuit, ownOf);
    const drawnW = draws.map((it, index) => {
      const standing = all[index];
      return standing !== undefined && isBelow(standing.evse.circuitId, top) ? it.powerW : 0;
    });
    return sum(drawnW) + sum(otherA) * state.site.voltageLineToNeutralV;
  };
}

interface PowerInput {
  readonly tier: Tier;
  readonly nowMs: number;
  readonly draws: readonly Draw[];
}

function figures(
  load: ConductorLoad,
  worst: ConductorLoad,
  powerW: number,
): Pick<LiveCircuit['conductors'][number], 'limit' | 'unit' | 'load' | 'ceiling'> {
  if ('limitW' in load) {
    const ceiling = 'loadW' in worst ? worst.loadW : 0;
    return { limit: load.limitW, unit: 'W', load: powerW, ceiling };
  }
  const ceiling = 'loadA' in worst ? worst.loadA : 0;
  return { limit: load.limitA, unit: 'A', load: load.loadA, ceiling };
}

function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0);
}
