/** EVSEs as loads on the channels on which their currents count: what trees are compiled of. Pure. */
import { channelLoads, worstCase, worstOthers } from '../../ledger/index.js';
import type { Step } from '../../ledger/types.js';
import { type CircuitId, type EvseId, evseId, type PerChannel } from '../../solver/index.js';
import type { SiteState } from '../control/state.js';
import type { Draw } from './live-draw.js';
import type { EvseStanding } from './snapshot.js';

export interface ChannelPlace {
  readonly id: EvseId;
  readonly circuitId: CircuitId;
  readonly channels: PerChannel<boolean>;
}

/** W of every EVSE; two loads where a session counts on fewer phases for a time (R12). */
export function worstLoads(
  { site }: Pick<SiteState, 'site'>,
  all: readonly EvseStanding[],
  nowMs: number,
): readonly (ChannelPlace & { readonly steps: readonly Step[] })[] {
  return all.flatMap(({ evse: { id, circuitId, channels }, state: { ledger } }) =>
    channelLoads(
      ledger,
      channels,
      worstCase(ledger, nowMs, site.settings),
      worstOthers(ledger, nowMs, site.settings),
    ).map((load, index) => ({
      ...load,
      id: evseId(`${id}/${index}`),
      circuitId,
    })),
  );
}

/** What is drawn; where it is known by phase of the supply, each phase by itself. */
export function drawnLoads(
  all: readonly EvseStanding[],
  draws: readonly Draw[],
): readonly (ChannelPlace & { readonly currentA: number })[] {
  return all.flatMap(({ evse: { id, circuitId, channels } }, index) => {
    const { drawnA = 0, onSupplyA } = draws[index] ?? {};
    if (onSupplyA === undefined) return [{ id, circuitId, channels, currentA: drawnA }];
    return onSupplyA.map((currentA, at) => ({
      id: evseId(`${id}/${at}`),
      circuitId,
      channels: [at === 0, at === 1, at === 2] as const,
      currentA,
    }));
  });
}

/** Conductors that a load is on. */
export function countOf(channels: PerChannel<boolean>): number {
  return channels.filter(Boolean).length;
}
