/** What energy and peaks cost over the slots of a plan, and what its weights are. Pure. */
import type { PlanConnection, PlanProblem } from '../../solver/index.js';
import { microsOf } from '../signals/money.js';
import { currencyOf } from '../signals/prices.js';
import type { PlanInput } from './plan-input.js';
import { priceOutlook } from './price-outlook.js';
import type { Slot } from './slots.js';

/** A vehicle charges sooner than later unless an hour saves more than this share of the dearest price. */
const EARLINESS_FRACTION_PER_HOUR = 0.002;
/** Of the dearest price: so much less than import does export earn at least, or both would run at once. */
const EXPORT_BELOW_FRACTION = 0.0005;
/** What a kWh counts where no price is known: peaks and orders alone are planned by. */
const PRICE_UNKNOWN = 0.1;
/** Unmet energy costs this many times the dearest kWh, and more. */
const UNMET_FACTOR = 10;
/** Of the peak that a kWh takes, and of a kW where that takes hours. */
const PEAK_FACTOR = 1.5;
const PEAK_FACTOR_MIN = 4;
const HOURS_MANY = 24;
/** Of the dearest price: what decides between plans that cost the same moves no more money. */
const TIE_FRACTION = 0.02;
const MICROS = 1_000_000;

export type Prices = Pick<
  PlanConnection,
  'importPricePerKwh' | 'exportPricePerKwh' | 'demandChargePerKw'
>;

export interface Money {
  readonly prices: Prices;
  /** Of the import prices, without their sign. */
  readonly dearest: number;
  /** Of import over the horizon: half of the time it costs less. Not below 0. */
  readonly medianPerKwh: number;
  /** Some plans cost less than others: prices differ, or peaks cost. */
  readonly saves: boolean;
  /** More than what is planned for a vehicle now would cost more, whoever else charges. */
  readonly differs: boolean;
  readonly currency: string | undefined;
  /** What a kWh really costs in each slot; absent: no prices are known. */
  readonly importPerKwh: readonly number[] | undefined;
}

/** Told in two currencies, which cannot be compared: the demand charge is left out of plans. */
export interface CurrencyClash {
  readonly demandCharge: string;
  readonly prices: string;
}

export function currencyClash({
  site,
  signals,
}: Pick<PlanInput['state'], 'site' | 'signals'>): CurrencyClash | undefined {
  const demandCharge = site.settings.demandCharge?.currency;
  const prices = currencyOf(signals.values());
  if (demandCharge === undefined || prices === undefined) return undefined;
  return demandCharge === prices ? undefined : { demandCharge, prices };
}

export function moneyOf({ state }: PlanInput, slots: readonly Slot[]): Money {
  const signals = [...state.signals.values()];
  const imported = priceOutlook(signals, 'price');
  const exported = priceOutlook(signals, 'export-price');
  const known = slots.map(({ startMs }) => imported(startMs));
  const isKnown = known.every((it) => it !== undefined);
  const importPerKwh = isKnown ? known.map((it) => (it ?? 0) / MICROS) : undefined;
  const dearest = Math.max(PRICE_UNKNOWN, ...(importPerKwh ?? []).map(Math.abs));
  const importPricePerKwh = slots.map((_, index) => importPerKwh?.[index] ?? PRICE_UNKNOWN);
  const exportBelow = EXPORT_BELOW_FRACTION * dearest;
  const { demandCharge } = state.site.settings;
  const currency = currencyOf(signals) ?? demandCharge?.currency;
  const isClash = currencyClash(state) !== undefined;
  const perKw = isClash ? '0' : (demandCharge?.pricePerKw ?? '0');
  const demandChargePerKw = Math.max(0, microsOf(perKw) / MICROS);
  const differs = new Set(importPerKwh ?? []).size > 1;
  const medianPerKwh = Math.max(0, medianOver(slots, importPerKwh ?? [PRICE_UNKNOWN]));
  return {
    medianPerKwh,
    differs,
    saves: differs || demandChargePerKw > 0,
    dearest,
    currency,
    importPerKwh,
    prices: {
      importPricePerKwh,
      exportPricePerKwh: slots.map(({ startMs }, index) =>
        Math.min((exported(startMs) ?? 0) / MICROS, (importPricePerKwh[index] ?? 0) - exportBelow),
      ),
      demandChargePerKw,
    },
  };
}

/** Of a value for each slot, by how long they hold. */
function medianOver(slots: readonly Slot[], values: readonly number[]): number {
  const held = values
    .map((value, index) => {
      const { startMs, endMs } = slots[index] ?? { startMs: 0, endMs: 1 };
      return { value, heldMs: endMs - startMs };
    })
    .toSorted((a, b) => a.value - b.value);
  const halfMs = held.reduce((sum, it) => sum + it.heldMs, 0) / 2;
  let untilMs = 0;
  for (const { value, heldMs } of held) {
    untilMs += heldMs;
    if (untilMs >= halfMs) return value;
  }
  return 0;
}

/** What a kWh costs more for a vehicle that takes it an hour later. */
export const earlinessPerKwh = ({ dearest }: Money): number =>
  EARLINESS_FRACTION_PER_HOUR * dearest;

/** What a kWh is worth at most to be moved by what decides between plans that cost the same. */
export function tieUnitPerKwh(money: Money, hasStorage: boolean): number {
  const isPriced = money.saves || hasStorage;
  return isPriced ? TIE_FRACTION * money.dearest : weightsOf(money, HOURS_MANY).unmetPerKwh;
}

/**
 * Energy that a vehicle misses is worth more than any price and any peak that it could save. A kWh in so
 * many hours takes a peak of 1 / hours kW.
 *
 * @param hoursLeast the shortest time in which any vehicle can still be served
 */
export function weightsOf({ prices }: Money, hoursLeast: number): PlanProblem['weights'] {
  const dearest = Math.max(PRICE_UNKNOWN, ...prices.importPricePerKwh.map(Math.abs));
  const peakKw = Math.max(PEAK_FACTOR_MIN, PEAK_FACTOR / hoursLeast);
  const unmetPerKwh = UNMET_FACTOR * dearest + peakKw * prices.demandChargePerKw;
  return { unmetPerKwh, orderPerKwh: 5 * unmetPerKwh, siteLimitPerKwh: 20 * unmetPerKwh };
}
