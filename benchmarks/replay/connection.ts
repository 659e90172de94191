/**
 * The grid connection of a replay: what building and PV do by themselves, the battery, and how much is
 * imported. Energy is kept to the watt-hour: in every step what comes in is what goes out.
 */
import { powerAt } from './power-series.js';
import {
  baseW,
  nextChangeMs,
  ONE_WAY_EFFICIENCY,
  STARTS_AT_FRACTION,
  type Surroundings,
} from './surroundings.js';
import type { Beside } from './site.js';

/** Sums over a replay, Wh. */
export interface ConnectionTotals {
  loadWh: number;
  pvWh: number;
  importWh: number;
  exportWh: number;
  chargedWh: number;
  dischargedWh: number;
  /** In the battery: now, and the least and the most so far. */
  batteryWh: number;
  batteryMinWh: number;
  batteryMaxWh: number;
}

export interface Connection {
  readonly totals: ConnectionTotals;
  /** Of the building and of PV, W. */
  readonly powersAt: (atMs: number) => { readonly loadW: number; readonly pvW: number };
  /** Orders the battery, W: positive charges it. */
  readonly order: (batteryW: number) => void;
  /** When load or PV changes, or the battery is full or empty; Infinity: never. */
  readonly nextMs: (nowMs: number, vehiclesW: number) => number;
  /** Moves all of it over a step in which nothing changes; returns what was imported, Wh. */
  readonly advance: (nowMs: number, toMs: number, vehiclesWh: number) => Advanced;
}

export interface Advanced {
  readonly importWh: number;
  readonly beside: Beside;
}

const MS_PER_HOUR = 3_600_000;
/** A battery with less than this to give or to take is empty or full, Wh. */
const NOTHING_WH = 1e-6;

export function createConnection(around: Surroundings | undefined): Connection {
  const capacityWh = around?.battery?.capacityWh ?? 0;
  const powerMaxW = around?.battery?.powerMaxW ?? 0;
  const startWh = capacityWh * STARTS_AT_FRACTION;
  const totals: ConnectionTotals = {
    loadWh: 0,
    pvWh: 0,
    importWh: 0,
    exportWh: 0,
    chargedWh: 0,
    dischargedWh: 0,
    batteryWh: startWh,
    batteryMinWh: startWh,
    batteryMaxWh: startWh,
  };
  let orderedW = 0;
  const powersAt = (atMs: number) => ({
    loadW: powerAt(around?.load, atMs),
    pvW: powerAt(around?.pv, atMs),
  });
  const roomWh = (): number => (capacityWh - totals.batteryWh) / ONE_WAY_EFFICIENCY;
  const stockWh = (): number => totals.batteryWh * ONE_WAY_EFFICIENCY;

  return {
    totals,
    powersAt,
    order: (batteryW) => {
      orderedW = Math.max(-powerMaxW, Math.min(powerMaxW, batteryW));
    },
    nextMs: (nowMs, vehiclesW) => {
      if (around === undefined) return Infinity;
      const changeMs = nextChangeMs(around, nowMs);
      const { loadW, pvW } = powersAt(nowMs);
      const givenW = Math.min(-orderedW, Math.max(0, loadW + vehiclesW - pvW));
      const [leftWh, powerW] = orderedW > 0 ? [roomWh(), orderedW] : [stockWh(), givenW];
      if (powerW <= 0 || leftWh <= NOTHING_WH) return changeMs;
      return Math.min(changeMs, nowMs + Math.max(1, Math.ceil((leftWh / powerW) * MS_PER_HOUR)));
    },
    advance: (nowMs, toMs, vehiclesWh) => {
      const hours = (toMs - nowMs) / MS_PER_HOUR;
      const { loadW, pvW } = powersAt(nowMs);
      const loadWh = loadW * hours;
      const pvWh = pvW * hours;
      const chargeWh = Math.max(0, Math.min(orderedW * hours, roomWh()));
      // A battery does not feed the grid: that would earn nothing.
      const wantedWh = Math.max(0, loadWh + vehiclesWh - pvWh);
      const dischargeWh = Math.max(0, Math.min(-orderedW * hours, stockWh(), wantedWh));
      const importWh = countUp({ loadWh, pvWh, chargeWh, dischargeWh, vehiclesWh });
      // Generation makes no room beyond a rating; what the battery gives passes no conductor there.
      const takenWh = Math.max(0, loadWh + chargeWh - pvWh);
      const besideW = hours > 0 ? (takenWh - dischargeWh) / hours : 0;
      return { importWh, beside: { allW: besideW, baseW: baseW(loadW, pvW) } };
    },
  };

  function countUp(step: {
    readonly loadWh: number;
    readonly pvWh: number;
    readonly chargeWh: number;
    readonly dischargeWh: number;
    readonly vehiclesWh: number;
  }): number {
    const { loadWh, pvWh, chargeWh, dischargeWh, vehiclesWh } = step;
    const netWh = vehiclesWh + loadWh + chargeWh - dischargeWh - pvWh;
    const importWh = Math.max(0, netWh);
    const storedWh =
      totals.batteryWh + chargeWh * ONE_WAY_EFFICIENCY - dischargeWh / ONE_WAY_EFFICIENCY;
    totals.loadWh += loadWh;
    totals.pvWh += pvWh;
    totals.chargedWh += chargeWh;
    totals.dischargedWh += dischargeWh;
    totals.importWh += importWh;
    totals.exportWh += Math.max(0, -netWh);
    totals.batteryWh = storedWh;
    totals.batteryMinWh = Math.min(totals.batteryMinWh, storedWh);
    totals.batteryMaxWh = Math.max(totals.batteryMaxWh, storedWh);
    return importWh;
  }
}
