/** I1 and I2 on one situation, for now and for every future instant if nothing more is heard. */
import { stepAt, told, worstCase } from '../../../ledger/worst-case.js';
import type { EvseLedger, Step } from '../../../ledger/types.js';
import type { StationCommand } from '../../../src/ocpp/messages.js';
import { excessOverWorst, TOLERANCE_A } from '../possible-draw.js';
import { nodesOf, type SiteNode, type Sums, worstExcessA } from '../site-load.js';
import type { Model } from './model.js';
import { simEvseOf } from './station.js';
import { lineAt, stationAt, type World } from './world.js';

export interface Finding {
  readonly invariant: 'I1' | 'I2' | 'step' | 'crash';
  readonly detail: string;
}

interface Entry {
  readonly ledger: EvseLedger;
  readonly worst: readonly Step[];
  /** But for what a named cause reserves: not read back, settling after it, lease not shown. */
  readonly named: readonly Step[];
}

export function findings(model: Model, world: World): readonly Finding[] {
  const entries = model.site.evses.map((evse): Entry => {
    const ledger = world.engine.state.evses.get(evse.id)?.ledger;
    if (ledger === undefined) throw new Error(`no ledger of ${evse.id}`);
    const worst = worstCase(ledger, world.nowMs, model.site.settings);
    const lasting = told(ledger);
    const named = lasting === ledger ? worst : worstCase(lasting, world.nowMs, model.site.settings);
    return { ledger, worst, named };
  });
  return [...drawFindings(model, world, entries), ...ceilingFindings(model, world, entries)];
}

/** Everything that a station holds, may be following, or may yet apply, against W. */
function drawFindings(model: Model, world: World, entries: readonly Entry[]): readonly Finding[] {
  return entries.flatMap(({ worst, ledger }, index): Finding[] => {
    const station = stationAt(world, index);
    const evse = simEvseOf(model, index, station, callsUnderWay(world, index));
    const found = excessOverWorst(evse, station.profiles, worst, {
      nowMs: world.nowMs,
      link: 'may-end',
    });
    if (found === undefined) return [];
    const aheadSec = (found.atMs - world.nowMs) / 1000;
    const detail =
      `${evse.site.id} may draw ${found.drawA} A in ${aheadSec} s (${found.why}), ` +
      `W is ${found.worstA} A: ${JSON.stringify(ledger)}`;
    return [{ invariant: 'I1', detail }];
  });
}

function callsUnderWay(world: World, index: number): readonly StationCommand[] {
  const { flight, queue } = lineAt(world, index);
  const rows = [...queue, ...stationAt(world, index).held.map((it) => it.row)];
  if (flight?.message === 'request') rows.push(flight.row);
  return rows.map(({ command }) => command);
}

function ceilingFindings(
  model: Model,
  world: World,
  entries: readonly Entry[],
): readonly Finding[] {
  const isNamed = new Set(world.engine.state.control.notGuaranteed.map((it) => it.circuitId));
  return nodesOf(model.site.circuits, model.site.evses).flatMap((node): Finding[] => {
    const { circuit } = node;
    const all = node.below.flatMap((index) => entries[index] ?? []);
    const instants = new Set([world.nowMs, ...all.flatMap((it) => it.named.map((s) => s.fromMs))]);
    for (const atMs of instants) {
      const excess = excessAt(model, node, entries, (it) => stepAt(it.named, atMs));
      if (excess > TOLERANCE_A) return [overload(node, excess, (atMs - world.nowMs) / 1000, all)];
    }
    // While a process runs it names what is over; with every reserve counted.
    if (isNamed.has(circuit.id) || world.engine.upAtMs !== undefined) return [];
    const excess = excessAt(model, node, entries, (it) => stepAt(it.worst, world.nowMs));
    return excess > TOLERANCE_A ? [overload(node, excess, 0, all)] : [];
  });
}

function overload(
  node: SiteNode,
  excess: number,
  aheadSec: number,
  all: readonly Entry[],
): Finding {
  const parts = all.map(({ ledger }) => JSON.stringify(ledger)).join(', ');
  const detail = `${node.circuit.id} is ${excess} A over its rating in ${aheadSec} s: ${parts}`;
  return { invariant: 'I2', detail };
}

function excessAt(
  model: Model,
  { circuit, below }: SiteNode,
  entries: readonly Entry[],
  value: (it: Entry) => number,
): number {
  const sums: Sums = [0, 0, 0];
  for (const index of below) {
    const entry = entries[index];
    const channels = model.site.evses[index]?.channels;
    if (entry === undefined || channels === undefined) continue;
    const currentA = value(entry);
    for (const channel of [0, 1, 2] as const) if (channels[channel]) sums[channel] += currentA;
  }
  return worstExcessA(circuit.limits, sums, circuit.baseLoadMaxA, 'ratings');
}
