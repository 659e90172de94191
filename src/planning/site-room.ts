/** What a site's circuits leave to the vehicles of a plan. Pure. */
import { amps, type CircuitRoom, circuitRoom, type SiteProblem } from '../../solver/index.js';
import { channelVoltageV } from '../control/charge-rate.js';
import { MANAGED_DEVICES, rootOf } from '../sites/tiers.js';
import type { PlanInput } from './plan-input.js';
import type { Reserve } from './reserve-load.js';
import type { Slot } from './slots.js';

const CHANNEL_COUNT = 3;

/**
 * Circuits as panels and cuts; what is reserved below them is load. The grid connection of a wye site is
 * in the balance of import, PV and storage; that of a delta site is cut as well, beside the building. So is
 * that of a wye site with power of its own: the ledger grants vehicles no more than the connection carries
 * beside the building, whatever PV or a battery would add.
 */
export function siteRoom(
  { state, loadAt, pvAt, storage }: PlanInput,
  from: {
    readonly slots: readonly Slot[];
    readonly panels: readonly string[];
    readonly reserve: Reserve;
    readonly site: SiteProblem;
  },
): CircuitRoom {
  const { slots, panels, reserve, site } = from;
  const root = rootOf(site.circuits);
  const voltageV = channelVoltageV(state.site);
  const none = amps(0);
  const hasOwnPower = storage.length > 0 || slots.some(({ startMs }) => pvAt(startMs) > 0);
  const isInBalance = site.supply === 'wye' && !hasOwnPower;
  const buildingA = slots.map(
    ({ startMs }) => Math.max(0, loadAt(startMs) - pvAt(startMs)) / CHANNEL_COUNT / voltageV,
  );
  return circuitRoom({
    site: {
      ...site,
      circuits: site.circuits.map((it) =>
        it === root
          ? {
              ...it,
              limits: it.limits.filter(isLasting),
              baseLoadA: [none, none, none],
              keptA: [none, none, none],
            }
          : it,
      ),
    },
    panelIds: panels,
    slotCount: slots.length,
    without: new Set([MANAGED_DEVICES, ...(isInBalance && root ? [root.id] : [])]),
    otherA: (id, channel, slot) =>
      reserve.currentA(id, channel, slot) + (id === root?.id ? (buildingA[slot] ?? 0) : 0),
  });
}

/** Orders of the grid come and go: they are not of the circuit. */
const isLasting = ({ source }: SiteProblem['circuits'][number]['limits'][number]): boolean =>
  source.kind !== 'signal';
