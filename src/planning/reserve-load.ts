/** What the ledger keeps back for EVSEs that get no target, over time: load to the plan. */
import { worstCaseAt } from '../../ledger/index.js';
import type { SiteProblem } from '../../solver/index.js';
import { channelVoltageV } from '../control/charge-rate.js';
import { takenW } from '../control/dc-samples.js';
import { type EvseStanding, hasLeft, type StateView } from '../sites/snapshot.js';
import type { Slot } from './slots.js';

/** All of the start of a slot, given by its index. */
export interface Reserve {
  /** A on a channel that EVSEs of this circuit and of those below it load. */
  currentA(circuitId: string, channel: 0 | 1 | 2, slot: number): number;
  /** Kept back and not drawn, and drawn, of the whole site, W. */
  undrawnW(slot: number): number;
  drawnW(slot: number): number;
}

interface Kept {
  readonly circuitIds: ReadonlySet<string>;
  readonly channels: SiteProblem['evses'][number]['channels'];
  /** One a slot. */
  readonly currentA: readonly number[];
  readonly wattsPerAmp: number;
  readonly measuredW: number;
}

/** @param site the problem of the allocator, its EVSEs in the order of `all` */
export function reserveOf(
  { site: configured }: Pick<StateView, 'site'>,
  all: readonly EvseStanding[],
  { site, slots }: { readonly site: SiteProblem; readonly slots: readonly Slot[] },
): Reserve {
  const { settings } = configured;
  const voltageV = channelVoltageV(configured);
  const kept = all.flatMap((standing, index): Kept[] => {
    const { state, session } = standing;
    const evse = site.evses[index];
    if (evse === undefined || evse.claim !== undefined) return [];
    const mostA = hasLeft(standing) ? (state.ledger.fallbackIdleA ?? Infinity) : Infinity;
    return [
      {
        circuitIds: circuitsAbove(site, evse.circuitId),
        channels: evse.channels,
        currentA: slots.map(({ startMs }) =>
          Math.min(mostA, worstCaseAt(state.ledger, startMs, settings)),
        ),
        wattsPerAmp: voltageV * evse.channels.filter(Boolean).length,
        measuredW: session?.phase === 'active' ? takenW(standing.evse, session.powerW ?? 0) : 0,
      },
    ];
  });
  const sum = (of: (it: Kept) => number): number => kept.reduce((total, it) => total + of(it), 0);
  const powerW = ({ currentA, wattsPerAmp }: Kept, slot: number): number =>
    (currentA[slot] ?? 0) * wattsPerAmp;
  const drawnW = (it: Kept, slot: number): number => Math.min(powerW(it, slot), it.measuredW);
  return {
    currentA: (circuitId, channel, slot) =>
      sum(({ circuitIds, channels, currentA }) =>
        channels[channel] && circuitIds.has(circuitId) ? (currentA[slot] ?? 0) : 0,
      ),
    undrawnW: (slot) => sum((it) => powerW(it, slot) - drawnW(it, slot)),
    drawnW: (slot) => sum((it) => drawnW(it, slot)),
  };
}

/** The circuit and all above it. */
function circuitsAbove({ circuits }: SiteProblem, circuitId: string): ReadonlySet<string> {
  const above = new Set<string>();
  for (let id: string | undefined = circuitId; id !== undefined; ) {
    above.add(id);
    id = circuits.find((it) => it.id === id)?.parentId;
  }
  return above;
}
