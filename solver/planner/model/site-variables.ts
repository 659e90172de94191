/** The variables that a site has once a slot: bounds [0, upperKw] and cost per kW of the slot. */
import type { PlanProblem } from '../problem.js';
import type { SlotLimits } from './slot-limits.js';

export const SITE_KINDS = [
  'charge',
  'discharge',
  'curtailed',
  'imported',
  'orderSlack',
  'siteSlack',
  'exported',
  'stored',
] as const;
export type SiteKind = (typeof SITE_KINDS)[number];

export interface SiteVariables {
  readonly upper: Float64Array;
  readonly cost: Float64Array;
}

/** Least energy in store after each slot, kWh: the reserve, and the wanted end after the last. */
export function storedMinKwh(problem: PlanProblem): Float64Array {
  const { storage } = problem.connection;
  const least = new Float64Array(problem.slotSec.length);
  if (storage === undefined) return least;
  least.fill(Math.min(storage.energyReserveWh, storage.energyStartWh) / 1000);
  const last = least.length - 1;
  least[last] = Math.max(least[last] as number, storage.energyEndWh / 1000);
  return least;
}

/** `stored` is kWh above the least of its slot. */
export function siteVariables(
  problem: PlanProblem,
  limits: SlotLimits,
): Readonly<Record<SiteKind, SiteVariables>> {
  const { connection, weights } = problem;
  const { storage } = connection;
  const prices = Float64Array.from(connection.importPricePerKwh);
  const perSlot = (costPerKwh: (slot: number) => number, upper: (slot: number) => number) => ({
    cost: limits.hours.map((hours, slot) => hours * costPerKwh(slot)),
    upper: limits.hours.map((_, slot) => upper(slot)),
  });
  const wear = storage?.wearCostPerKwh ?? 0;
  const least = storedMinKwh(problem);
  const free = () => 0;
  return {
    charge: perSlot(
      (slot) => wear + (storage?.chargeCostPerKwh?.[slot] ?? 0),
      () => (storage?.chargeMaxW ?? 0) / 1000,
    ),
    discharge: perSlot(
      (slot) => wear + (storage?.dischargeCostPerKwh?.[slot] ?? 0),
      () => (storage?.dischargeMaxW ?? 0) / 1000,
    ),
    curtailed: perSlot(free, (slot) => limits.pvKw[slot] as number),
    imported: perSlot(
      (slot) => prices[slot] as number,
      (slot) => limits.importKw[slot] as number,
    ),
    orderSlack: perSlot(
      (slot) => (prices[slot] as number) + weights.orderPerKwh,
      (slot) => limits.orderSlackKw[slot] as number,
    ),
    siteSlack: perSlot(
      (slot) => (prices[slot] as number) + weights.siteLimitPerKwh,
      (slot) => limits.siteSlackKw[slot] as number,
    ),
    exported: perSlot(
      (slot) => -(connection.exportPricePerKwh[slot] as number),
      () => connection.exportMaxW / 1000,
    ),
    stored: {
      cost: least.map((_, slot) =>
        slot === least.length - 1 ? -(storage?.terminalPricePerKwh ?? 0) : 0,
      ),
      upper: least.map((kwh) => (storage?.energyMaxWh ?? 0) / 1000 - kwh),
    },
  };
}
