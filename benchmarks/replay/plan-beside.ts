/** Building, PV and battery in a plan: what is measured now, and what is expected of later slots. */
import type { PlanStorage } from '../../solver/index.js';
import type { PlannedBeside } from './plan-problem.js';
import type { Around, View } from './policy.js';
import { baseW, ONE_WAY_EFFICIENCY } from './surroundings.js';

/** Of a battery, so that it is not moved for nothing, per kWh in or out; as the service counts it. */
const WEAR_PER_KWH = 0.01;

export function besideOf({ around }: View, edgesMs: readonly number[]): PlannedBeside | undefined {
  if (around === undefined) return undefined;
  const { outlook, battery } = around;
  const slots = edgesMs.slice(1).map((toMs, slot) => ({ fromMs: edgesMs[slot] as number, toMs }));
  const loadW = slots.map((it, slot) =>
    slot === 0 ? around.loadW : outlook.loadW(it.fromMs, it.toMs),
  );
  const pvW = slots.map((it, slot) => (slot === 0 ? around.pvW : outlook.pvW(it.fromMs, it.toMs)));
  return {
    loadW,
    pvW,
    baseW: loadW.map((w, slot) => baseW(w, pvW[slot] ?? 0)),
    ...(battery === undefined ? {} : { storage: storageOf(battery) }),
  };
}

function storageOf({ spec, energyWh }: NonNullable<Around['battery']>): PlanStorage {
  return {
    energyMaxWh: spec.capacityWh,
    energyStartWh: energyWh,
    energyReserveWh: 0,
    // It is not to be sold empty for a horizon behind which nothing is known.
    energyEndWh: Math.min(energyWh, spec.capacityWh / 2),
    chargeMaxW: spec.powerMaxW,
    dischargeMaxW: spec.powerMaxW,
    oneWayEfficiency: ONE_WAY_EFFICIENCY,
    wearCostPerKwh: WEAR_PER_KWH,
  };
}
