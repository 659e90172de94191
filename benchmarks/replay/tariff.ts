/** Time-of-use tariffs with a demand charge, from the files of charging networks. */
import { readFileSync } from 'node:fs';
import { DateTime } from 'luxon';
import type { SitePrices } from './plan-problem.js';

interface Season {
  readonly effective_start: string;
  readonly effective_end: string;
  readonly dow_mask: 'WEEKDAYS' | 'WEEKENDS' | 'ALL';
  /** Hours of the day at which each price begins. */
  readonly times: readonly number[];
  readonly tariffs: readonly number[];
  readonly demand_charge?: number;
}

export interface Tariff extends SitePrices {
  readonly name: string;
}

const FIRST_WEEKEND_DAY = 6;

/** Throws a RangeError where an instant of the year has no price. */
export function loadTariff(path: string, timeZone: string, atMs: number): Tariff {
  const file = JSON.parse(readFileSync(path, 'utf8')) as {
    readonly name: string;
    readonly schedule: readonly Season[];
  };
  const seasonAt = (instant: DateTime): Season => {
    const found = file.schedule.find((it) => isIn(it, instant));
    if (found === undefined) throw new RangeError(`${path} has no price for ${instant.toISO()}`);
    return found;
  };
  const local = (ms: number): DateTime => DateTime.fromMillis(ms, { zone: timeZone });
  return {
    name: file.name,
    demandPerKw: seasonAt(local(atMs)).demand_charge ?? 0,
    perKwhAt: (ms) => {
      const instant = local(ms);
      const { times, tariffs } = seasonAt(instant);
      return tariffs[times.findLastIndex((hour) => hour <= instant.hour)] ?? 0;
    },
    edgesMs: (fromMs, toMs) => {
      const edges: number[] = [];
      for (
        let day = local(fromMs).startOf('day');
        day.toMillis() <= toMs;
        day = day.plus({ days: 1 })
      ) {
        for (const hour of seasonAt(day).times) {
          const edge = day.set({ hour }).toMillis();
          if (edge > fromMs && edge < toMs) edges.push(edge);
        }
      }
      return edges;
    },
  };
}

function isIn({ effective_start, effective_end, dow_mask }: Season, instant: DateTime): boolean {
  const day = instant.toFormat('MM-dd');
  const isInSeason =
    effective_start <= effective_end
      ? day >= effective_start && day <= effective_end
      : day >= effective_start || day <= effective_end;
  const isWeekend = instant.weekday >= FIRST_WEEKEND_DAY;
  return isInSeason && (dow_mask === 'ALL' || isWeekend === (dow_mask === 'WEEKENDS'));
}

/** Energy at its prices plus the demand charge on the highest interval. */
export function billOf(
  tariff: Tariff,
  use: {
    readonly startAtMs: number;
    readonly intervalSec: number;
    readonly intervalWh: readonly number[];
  },
): number {
  const intervalMs = use.intervalSec * 1000;
  let cost = 0;
  let peakKw = 0;
  for (const [index, wh] of use.intervalWh.entries()) {
    if (wh === 0) continue;
    cost += (wh / 1000) * tariff.perKwhAt(use.startAtMs + index * intervalMs);
    peakKw = Math.max(peakKw, (wh * 3.6) / use.intervalSec);
  }
  return cost + peakKw * tariff.demandPerKw;
}
