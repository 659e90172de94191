/** What the ledger keeps back for EVSEs that get no target, over time: load to the plan. */
import { worstCaseAt } from '../../ledger/index.js';
import type { SiteProblem } from '../../solver/index.js';
import { channelVoltageV } from '../control/charge-rate.js';
import type { EvseStanding, StateView } from '../sites/snapshot.js';

export interface Reserve {
  /** A on a conductor that EVSEs of this circuit load. */
  currentA(circuitId: string, channel: number, atMs: number): number;
  /** Kept back and not drawn, and drawn, of the whole site, W. */
  undrawnW(atMs: number): number;
  drawnW(atMs: number): number;
}

/** @param site the problem of the allocator, its EVSEs in the order of `all` */
export function reserveOf(
  { site: configured }: Pick<StateView, 'site'>,
  all: readonly EvseStanding[],
  site: SiteProblem,
): Reserve {
  const { settings } = configured;
  const voltageV = channelVoltageV(configured);
  const kept = all.flatMap(({ state, session }, index) => {
    const evse = site.evses[index];
    if (evse === undefined || evse.claim !== undefined) return [];
    const drawnW = session?.phase === 'active' ? (session.powerW ?? 0) : 0;
    return [{ ledger: state.ledger, evse, drawnW }];
  });
  type Kept = (typeof kept)[number];
  const currentOf = ({ ledger }: Kept, atMs: number): number => worstCaseAt(ledger, atMs, settings);
  const powerW = (it: Kept, atMs: number): number =>
    currentOf(it, atMs) * voltageV * it.evse.channels.filter(Boolean).length;
  const drawnW = (it: Kept, atMs: number): number => Math.min(powerW(it, atMs), it.drawnW);
  return {
    currentA: (circuitId, channel, atMs) =>
      kept
        .filter(({ evse }) => evse.circuitId === circuitId)
        .filter(({ evse }) => evse.channels[channel as 0 | 1 | 2])
        .reduce((sum, it) => sum + currentOf(it, atMs), 0),
    undrawnW: (atMs) => kept.reduce((sum, it) => sum + powerW(it, atMs) - drawnW(it, atMs), 0),
    drawnW: (atMs) => kept.reduce((sum, it) => sum + drawnW(it, atMs), 0),
  };
}
