/**
 * The planning problem of one site as plain data: sessions, panels, the grid connection, slots.
 *
 * Powers are active powers in W, energies in Wh, import and charging positive. Prices are money per
 * kWh (or kW of peak) in any one currency; weights are prices that only order what gives way first.
 */

/** What one vehicle asks for. It may charge in the slots [firstSlot, endSlot). */
export interface PlanSession {
  readonly id: string;
  /** Index into `panels`. */
  readonly panelIndex: number;
  /** Conductors that carry it, equally: [0], [1], [2], two of them or [0, 1, 2]. */
  readonly phases: readonly number[];
  readonly firstSlot: number;
  readonly endSlot: number;
  /** Still wanted. */
  readonly energyWh: number;
  /** The lower of what vehicle, cable and EVSE can carry. */
  readonly powerMaxW: number;
  /** Multiplies the price of unmet energy. */
  readonly priority: number;
  /** No more may stay unmet; absent: all of it may. */
  readonly unmetMaxWh?: number;
  /** What one kWh costs beside the energy, one number for each slot of the window; 0 if absent. */
  readonly costPerKwh?: readonly number[];
  /** How its battery takes less near full; it takes `powerMaxW` up to the end if absent. */
  readonly taper?: PlanTaper;
}

/**
 * The constant-voltage phase of a battery, as a concave bound: in a slot it takes at most
 * powerFullW + wattsPerMissingWh * (energy that it still misses of `energyWh` when the slot begins).
 * The structured engine leaves it out; where that matters the check says so and HiGHS plans.
 */
export interface PlanTaper {
  readonly powerFullW: number;
  /** Not below 0. */
  readonly wattsPerMissingWh: number;
}

/** A leaf circuit that carries EVSEs. */
export interface PlanPanel {
  readonly id: string;
  /** One number a phase. */
  readonly limitW: readonly number[];
  /** Forecast of other load on it, `[phase][slot]`; none if absent. */
  readonly loadW?: readonly (readonly number[])[];
}

/** A circuit above panels: what they draw together is within all of its cuts in every slot. */
export interface PlanGroup {
  readonly id: string;
  /** Indices into `panels`, each once. */
  readonly panelIndices: readonly number[];
  readonly cuts: readonly PlanCut[];
}

/**
 * sum over phases of weight * power drawn by vehicles <= limit. A limit per phase is a unit weight;
 * the round limits of a delta supply are cut by tangents, weights of the powers on AB, BC, CA.
 */
export interface PlanCut {
  /** One a phase. */
  readonly weights: readonly number[];
  /** One number a slot, not below 0: other load is subtracted. */
  readonly limitW: readonly number[];
}

export interface PlanStorage {
  readonly energyMaxWh: number;
  readonly energyStartWh: number;
  /** Never below this after a slot; lowered to the start where that is below it. */
  readonly energyReserveWh: number;
  /** At least this after the last slot. */
  readonly energyEndWh: number;
  readonly chargeMaxW: number;
  readonly dischargeMaxW: number;
  /** Of charging and of discharging, each; (0, 1]. */
  readonly oneWayEfficiency: number;
  /** Wear, per kWh charged and per kWh discharged. */
  readonly wearCostPerKwh: number;
  /** What a kWh in store after the last slot is worth above the least of that slot; 0 if absent. */
  readonly terminalPricePerKwh?: number;
  /** What a kWh charged in a slot costs beside import and wear, one number a slot; 0 if absent. */
  readonly chargeCostPerKwh?: readonly number[];
  /** Likewise discharged. In no slot may both together be below 0, or both would run at once. */
  readonly dischargeCostPerKwh?: readonly number[];
}

/** An order of the grid: import in the slots [firstSlot, endSlot) at most `importMaxW`. */
export interface PlanOrder {
  readonly firstSlot: number;
  readonly endSlot: number;
  readonly importMaxW: number;
}

/** The grid connection and what is not a vehicle. Load, PV and storage share phases equally. */
export interface PlanConnection {
  readonly importMaxW: number;
  readonly exportMaxW: number;
  /** Bound of each phase's net import and net export; read with three phases only. */
  readonly phaseMaxW: number;
  /** Forecasts, one number a slot. */
  readonly loadW: readonly number[];
  readonly pvW: readonly number[];
  readonly storage?: PlanStorage;
  readonly orders: readonly PlanOrder[];
  readonly importPricePerKwh: readonly number[];
  /** Never above the import price of its slot, or import and export would run together. */
  readonly exportPricePerKwh: readonly number[];
  /** For each kW of the highest import above `peakSoFarW`. */
  readonly demandChargePerKw: number;
  readonly peakSoFarW: number;
}

/** What gives way first: each weight is to exceed what the next one could save. */
export interface PlanWeights {
  /** Import or phase power above the connection's limits, which only the building can cause. */
  readonly siteLimitPerKwh: number;
  readonly orderPerKwh: number;
  /** Times the priority of the session. */
  readonly unmetPerKwh: number;
  /**
   * Equal shares: what the last third of what may stay unmet of a session costs more than the first
   * one, the second half as much. To stay below what else is to decide; 0 if absent.
   */
  readonly equalSharePerKwh?: number;
}

export interface PlanProblem {
  /** Lengths of the slots, in order; any lengths. */
  readonly slotSec: readonly number[];
  /** 1 counts every vehicle on one conductor. */
  readonly phaseCount: 1 | 3;
  readonly sessions: readonly PlanSession[];
  readonly panels: readonly PlanPanel[];
  /** Further circuits between panels and the connection, in any order; none if absent. */
  readonly groups?: readonly PlanGroup[];
  readonly connection: PlanConnection;
  readonly weights: PlanWeights;
}

/** Powers of one plan. Energies, peak and slack follow from them. */
export interface Plan {
  /** Per session: one number for each slot of its window. */
  readonly sessionW: readonly Float64Array[];
  /** One number a slot. */
  readonly chargeW: Float64Array;
  readonly dischargeW: Float64Array;
  readonly curtailedW: Float64Array;
  readonly importW: Float64Array;
  readonly exportW: Float64Array;
}

/**
 * Prices of the constraints (Lagrange multipliers of the rows as `model/` writes them), money per
 * kW or kWh. Any such prices give a lower bound of what every plan costs.
 */
export interface PlanPrices {
  /** Per session, per kWh. */
  readonly energy: Float64Array;
  /** `[(panel * slots + slot) * phases + phase]`, per kW. */
  readonly panel: Float64Array;
  /** Net import of a phase, `[slot * phases + phase]`, per kW. */
  readonly phase: Float64Array;
  /** Sum of the phases against import and export, one a slot; 0 with one phase. */
  readonly balance: Float64Array;
  readonly peak: Float64Array;
  /** Energy in store after a slot, per kWh. */
  readonly storage: Float64Array;
  /** Cuts of all groups one after the other, `[cut * slots + slot]`; <= 0, absent: 0. */
  readonly cut?: Float64Array;
  /** Tapers of all sessions that have one, slot by slot of their windows, per kW; absent: 0. */
  readonly taper?: Float64Array;
}
