/** R5 and R8 on what a step planned: nothing rises where it does not fit, or where it is too much. */
import { type ChannelLoad, channelLoads, worstOthers } from '../../ledger/index.js';
import { told, worstCase } from '../../ledger/worst-case.js';
import { stepAt } from '../../ledger/worst-case.js';
import type { EvseLedger, Step, Tier } from '../../ledger/types.js';
import type { SiteState } from '../../src/control/state.js';
import { siteTiers } from '../../src/sites/snapshot.js';
import type { Circuit } from '../../solver/index.js';
import type { StepTaken } from './engine-shell.js';
import { type Exposed, failuresOf, reserveOn } from './policy-reserve.js';
import { plus, type Sums, worstExcessA } from './site-load.js';

const TOLERANCE_A = 1e-5;

interface Entry {
  readonly id: string;
  readonly circuitId: string;
  readonly before: readonly ChannelLoad[];
  readonly after: readonly ChannelLoad[];
  /** On the phase that is told for one, and on the others. */
  readonly toldBefore: readonly (readonly Step[])[];
  readonly toldAfter: readonly (readonly Step[])[];
  readonly granted: boolean;
  readonly place: Omit<Exposed, 'worstA'>;
}

/** What is wrong with the increases of a step, in words. */
export function increaseProblems({ result }: StepTaken, nowMs: number): readonly string[] {
  const firstSeq = firstGrantSeq(result.effects);
  if (firstSeq === undefined) return [];
  const { state } = result;
  const tiers = siteTiers(state, nowMs);
  const entries = entriesOf(state, firstSeq, nowMs);
  const problems: string[] = [];
  const failures = failuresOf(state);
  for (const circuit of tiers[0]?.circuits ?? []) {
    const below = entries.filter((it) => isBelow(it.circuitId, circuit, tiers[0]?.circuits ?? []));
    const problem = onCircuit(circuit, tiers, below, { nowMs, failures });
    if (problem !== undefined) problems.push(problem);
  }
  return problems;
}

function firstGrantSeq(effects: StepTaken['result']['effects']): number | undefined {
  for (const effect of effects) {
    if (effect.type === 'command' && effect.command.purpose === 'grant') return effect.command.seq;
  }
  return undefined;
}

function entriesOf(state: SiteState, firstSeq: number, nowMs: number): readonly Entry[] {
  const { settings } = state.site;
  return state.site.evses.flatMap((evse): Entry[] => {
    const after = state.evses.get(evse.id)?.ledger;
    if (after === undefined) return [];
    const granted = after.commands.some(({ seq }) => seq >= firstSeq);
    const before: EvseLedger = granted
      ? { ...after, commands: after.commands.filter(({ seq }) => seq < firstSeq) }
      : after;
    const loadsOf = (ledger: EvseLedger) =>
      channelLoads(
        ledger,
        evse.channels,
        worstCase(ledger, nowMs, settings),
        worstOthers(ledger, nowMs, settings),
      );
    const worst = loadsOf(before);
    const toldOf = (ledger: EvseLedger): readonly (readonly Step[])[] => {
      const lasting = told(ledger);
      const all = worstCase(lasting, nowMs, settings);
      return [all, worstOthers(lasting, nowMs, settings) ?? all];
    };
    const toldBefore = toldOf(before);
    return [
      {
        id: evse.id,
        circuitId: evse.circuitId,
        before: worst,
        after: granted ? loadsOf(after) : worst,
        toldBefore,
        toldAfter: granted ? toldOf(after) : toldBefore,
        granted,
        place: {
          stationId: evse.stationId,
          countsAsTold: after.countsAsTold === true,
          wired: evse.channels,
          currentMaxA: after.currentMaxA,
        },
      },
    ];
  });
}

function onCircuit(
  circuit: Circuit,
  tiers: readonly Tier[],
  below: readonly Entry[],
  { nowMs, failures }: { readonly nowMs: number; readonly failures: number },
): string | undefined {
  const granted = below.filter((it) => it.granted);
  if (granted.length === 0) return undefined;
  const instants = new Set([nowMs, ...tiers.map(({ fromMs }) => fromMs)]);
  for (const it of below) {
    for (const { steps } of it.before) for (const { fromMs } of steps) instants.add(fromMs);
    for (const { steps } of it.after) for (const { fromMs } of steps) instants.add(fromMs);
    for (const steps of it.toldAfter) for (const { fromMs } of steps) instants.add(fromMs);
  }
  let overNowA: number | undefined;
  for (const atMs of instants) {
    const raised = granted.find((it) =>
      it.toldAfter.some(
        (steps, at) => stepAt(steps, atMs) > stepAt(it.toldBefore[at] ?? [], atMs) + TOLERANCE_A,
      ),
    );
    if (raised === undefined) continue;
    const over = excessAt(circuit, tiers, { atMs, failures }, 'after', below);
    if (over > TOLERANCE_A) {
      const aheadSec = (atMs - nowMs) / 1000;
      return `${raised.id} raised in ${aheadSec} s where ${circuit.id} is ${over.toFixed(3)} A over`;
    }
    overNowA ??= excessAt(circuit, tiers, { atMs: nowMs, failures }, 'before', below);
    if (overNowA > TOLERANCE_A) {
      return `${raised.id} raised under ${circuit.id}, which is ${overNowA.toFixed(3)} A over now`;
    }
  }
  return undefined;
}

function excessAt(
  circuit: Circuit,
  tiers: readonly Tier[],
  { atMs, failures }: { readonly atMs: number; readonly failures: number },
  loads: 'before' | 'after',
  below: readonly Entry[],
): number {
  const tier = tiers.findLast(({ fromMs }) => fromMs <= atMs) ?? tiers[0];
  const then = tier?.circuits.find(({ id }) => id === circuit.id) ?? circuit;
  let [x, y, z] = failures === 0 ? [0, 0, 0] : keptOn(below, loads, { atMs, failures });
  for (const it of below) {
    for (const { channels, steps } of it[loads]) {
      const currentA = stepAt(steps, atMs);
      if (channels[0]) x += currentA;
      if (channels[1]) y += currentA;
      if (channels[2]) z += currentA;
    }
  }
  const sums = plus([x, y, z], then.keptA ?? [0, 0, 0]);
  return worstExcessA(then.limits, sums, then.baseLoadA, 'all');
}

function keptOn(
  below: readonly Entry[],
  loads: 'before' | 'after',
  { atMs, failures }: { readonly atMs: number; readonly failures: number },
): Sums {
  return reserveOn(
    below.map((it): Exposed => ({ ...it.place, worstA: worstOf(it[loads], atMs) })),
    failures,
  );
}

function worstOf(loads: readonly ChannelLoad[], atMs: number): Sums {
  const on = (channel: 0 | 1 | 2): number =>
    loads.reduce((a, it) => (it.channels[channel] ? a + stepAt(it.steps, atMs) : a), 0);
  return [on(0), on(1), on(2)];
}

function isBelow(from: string, circuit: Circuit, circuits: readonly Circuit[]): boolean {
  for (let id: string | undefined = from; id !== undefined; ) {
    if (id === circuit.id) return true;
    id = circuits.find((it) => it.id === id)?.parentId;
  }
  return false;
}
