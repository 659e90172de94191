/** Building, PV and battery in a plan: what is measured now, and what is expected of later slots. */
import type { Plan, PlanStorage } from '../../solver/index.js';
import type { PlannedBeside } from './plan-problem.js';
import type { Around, View } from './policy.js';
import { baseW, ONE_WAY_EFFICIENCY } from './surroundings.js';

/** Of a battery, so that it is not moved for nothing, per kWh in or out; as the service counts it. */
const WEAR_PER_KWH = 0.01;

type Battery = NonNullable<Around['battery']>;

export function besideOf(
  { around }: View,
  edgesMs: readonly number[],
  isPriced: boolean,
): PlannedBeside | undefined {
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
    ...(battery === undefined ? {} : { reliefW: loadW.map(() => battery.spec.powerMaxW) }),
    ...(battery === undefined ? {} : batteryOf(battery, isPriced)),
  };
}

/** Without prices all that it can do is to serve vehicles, and it is filled with what they leave. */
function batteryOf(battery: Battery, isPriced: boolean): Pick<PlannedBeside, 'storage' | 'held'> {
  const { spec, energyWh } = battery;
  if (isPriced) return { storage: storageOf(battery) };
  const giveWh = ONE_WAY_EFFICIENCY * energyWh;
  return { held: { energyWh: giveWh, powerMaxW: spec.powerMaxW } };
}

/** The same plan with what the battery does in it as given: its cuts are those that hold then. */
export function withBatteryAs(
  beside: PlannedBeside,
  { chargeW, dischargeW }: Pick<Plan, 'chargeW' | 'dischargeW'>,
): PlannedBeside {
  const { loadW, pvW, baseW } = beside;
  const netW = loadW.map((_, slot) => (chargeW[slot] ?? 0) - (dischargeW[slot] ?? 0));
  return {
    loadW: loadW.map((w, slot) => w + Math.max(0, netW[slot] as number)),
    pvW: pvW.map((w, slot) => w + Math.max(0, -(netW[slot] as number))),
    baseW,
    reliefW: netW.map((w) => Math.max(0, -w)),
  };
}

function storageOf({ spec, energyWh }: Battery): PlanStorage {
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
