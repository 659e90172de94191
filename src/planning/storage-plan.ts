/** Batteries in the plan: joined to one, whose power is then split among them. Pure. */
import { type Plan, type PlanStorage, storageTieCosts } from '../../solver/index.js';
import { microsOf } from '../signals/money.js';
import type { Money } from './money.js';
import type { PlanInput, StorageNow } from './plan-input.js';
import type { StoragePlan } from './site-plan.js';
import type { Slot } from './slots.js';
import type { SiteStorage } from '../sites/site.js';

/** Of the median price, per kWh in or out: a battery is not moved for nothing. */
const WEAR_FRACTION = 0.05;
const MICROS = 1_000_000;
/** Of the dearest price, over the horizon: below the earliness of every vehicle. */
const TIE_FRACTION = 0.001;
const HOUR_MS = 3_600_000;
/** No battery gives back all; 1 would leave nothing to tell charging and discharging apart. */
const EFFICIENCY_MAX = 0.999;

interface Battery {
  readonly configured: SiteStorage;
  readonly now: StorageNow;
}

/**
 * Undefined: no battery reports. What is in store behind the horizon saves import at the median price,
 * less what is lost and worn on the way out: it is not sold for less, and PV is not given away beside it.
 */
export function joinedStorage(
  input: PlanInput,
  beside: {
    readonly slots: readonly Slot[];
    readonly money: Money;
    readonly loadW: readonly number[];
    readonly pvW: readonly number[];
  },
): PlanStorage | undefined {
  const all = batteries(input);
  if (all.length === 0) return undefined;
  const { slots, money, loadW, pvW } = beside;
  const { medianPerKwh, dearest, prices } = money;
  const sum = (of: (it: Battery) => number): number => all.reduce((w, it) => w + of(it), 0);
  const capacityWh = sum((it) => it.configured.capacityWh);
  const energyStartWh = sum((it) => it.now.energyWh);
  const energyReserveWh = sum((it) => it.configured.capacityWh * it.configured.reserveFraction);
  const roundTrip =
    sum((it) => it.configured.capacityWh * it.configured.efficiencyFraction) / capacityWh;
  const oneWayEfficiency = Math.min(EFFICIENCY_MAX, Math.sqrt(roundTrip));
  const wearCostPerKwh =
    sum(({ configured }) => configured.capacityWh * wearOf(configured, medianPerKwh)) / capacityWh;
  return {
    energyMaxWh: Math.max(capacityWh, energyStartWh),
    energyStartWh,
    energyReserveWh,
    // It is not to be sold empty for a horizon behind which nothing is known.
    energyEndWh: Math.min(energyStartWh, Math.max(energyReserveWh, capacityWh / 2)),
    chargeMaxW: sum((it) => it.now.chargeMaxW),
    dischargeMaxW: sum((it) => it.configured.dischargeMaxW),
    oneWayEfficiency,
    wearCostPerKwh,
    terminalPricePerKwh: Math.max(0, oneWayEfficiency * medianPerKwh - wearCostPerKwh),
    ...storageTieCosts(
      slots.map(({ startMs }, slot) => ({
        startHours: (startMs - input.nowMs) / HOUR_MS,
        importPricePerKwh: prices.importPricePerKwh[slot] ?? 0,
        hasSurplus: (pvW[slot] ?? 0) > (loadW[slot] ?? 0),
      })),
      {
        spanHours: ((slots.at(-1)?.endMs ?? input.nowMs) - input.nowMs) / HOUR_MS,
        unitPerKwh: TIE_FRACTION * dearest,
      },
    ),
  };
}

function wearOf({ wearPerKwh }: SiteStorage, medianPerKwh: number): number {
  return wearPerKwh === undefined ? WEAR_FRACTION * medianPerKwh : microsOf(wearPerKwh) / MICROS;
}

/** By what each can take or give. */
export function splitStorage(
  input: PlanInput,
  slots: readonly Slot[],
  plan: Pick<Plan, 'chargeW' | 'dischargeW'>,
): readonly StoragePlan[] {
  const all = batteries(input);
  const chargeSumW = all.reduce((sum, it) => sum + it.now.chargeMaxW, 0);
  const dischargeSumW = all.reduce((sum, it) => sum + it.configured.dischargeMaxW, 0);
  return all.map(({ configured, now }) => ({
    storageId: configured.id,
    steps: slots.map(({ startMs }, slot) => {
      const netW = (plan.chargeW[slot] ?? 0) - (plan.dischargeW[slot] ?? 0);
      const [ownW, sumW] =
        netW > 0 ? [now.chargeMaxW, chargeSumW] : [configured.dischargeMaxW, dischargeSumW];
      return { fromMs: startMs, powerW: sumW === 0 ? 0 : Math.round((netW * ownW) / sumW) };
    }),
  }));
}

function batteries({ state, storage }: PlanInput): readonly Battery[] {
  return (state.site.storage ?? []).flatMap((configured) => {
    const now = storage.find((it) => it.storageId === configured.id);
    return now === undefined ? [] : [{ configured, now }];
  });
}
