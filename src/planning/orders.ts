/** Orders of the grid as the plan counts them. Pure. */
import type { Tier } from '../../ledger/types.js';
import type { PlanOrder } from '../../solver/index.js';
import { orderedW, type WhichOrders } from './capacity.js';
import type { PlanInput } from './plan-input.js';
import type { Reserve } from './reserve-load.js';
import type { Slot } from './slots.js';

/**
 * Orders of the grid. What is kept back and not drawn is no import, and yet nobody else may have it: it
 * lowers what may be imported in its time.
 */
export function ordersOf(
  { loadAt, pvAt }: PlanInput,
  from: {
    readonly slots: readonly Slot[];
    readonly tiers: readonly Tier[];
    readonly reserve: Reserve;
    readonly importMaxW: number;
  },
): readonly PlanOrder[] {
  const orders: PlanOrder[] = [];
  const which = whichOrders(from.tiers);
  for (const [slot, { startMs }] of from.slots.entries()) {
    const tier = from.tiers.findLast(({ fromMs }) => fromMs <= startMs) ?? from.tiers[0];
    const otherLoadW = Math.max(0, loadAt(startMs) - pvAt(startMs));
    const orderW = orderedW(tier?.circuits ?? [], otherLoadW, which);
    const keptW = from.reserve.undrawnW(slot);
    if (orderW === undefined && keptW <= 0) continue;
    const freeW = Math.min(from.importMaxW, orderW ?? Number.POSITIVE_INFINITY) - keptW;
    const importMaxW = Math.max(0, freeW);
    const last = orders.at(-1);
    if (last?.endSlot === slot && last.importMaxW === importMaxW) {
      orders[orders.length - 1] = { ...last, endSlot: slot + 1 };
    } else orders.push({ firstSlot: slot, endSlot: slot + 1, importMaxW });
  }
  return orders;
}

/** The failsafe moves on with each heartbeat: it is an order only once it holds. */
function whichOrders(tiers: readonly Tier[]): WhichOrders {
  const isHeld = orderedW(tiers[0]?.circuits ?? [], 0, 'failsafe') !== undefined;
  return isHeld ? 'all' : 'without-failsafe';
}

export function hasOrder(tiers: readonly Tier[]): boolean {
  const which = whichOrders(tiers);
  return tiers.some(({ circuits }) => orderedW(circuits, 0, which) !== undefined);
}
