/** Time-of-use tariffs with a demand charge, from the files of charging networks. */
import { readFileSync } from 'node:fs';
import { DateTime } from 'luxon';
import type { SitePrices } from './plan-problem.js';

const DAYS = ['WEEKDAYS', 'WEEKENDS', 'ALL'] as const;

interface Season {
  /** Month and day as one number, 1231 for the last. */
  readonly from: number;
  readonly to: number;
  readonly days: (typeof DAYS)[number];
  /** Hours of the day at which each price begins, ascending from 0. */
  readonly times: readonly number[];
  readonly prices: readonly number[];
  readonly demandPerKw: number;
}

export interface Tariff extends SitePrices {
  readonly name: string;
}

const FIRST_WEEKEND_DAY = 6;
/** Plans look so far behind the last departure. */
const DAYS_AFTER = 2;

/** Throws a RangeError for what is no tariff, and where a day of the window has no price. */
export function loadTariff(
  path: string,
  timeZone: string,
  window: { readonly fromMs: number; readonly toMs: number },
): Tariff {
  const { name, seasons } = readTariff(path);
  const seasonAt = (instant: DateTime): Season => {
    const found = seasons.find((it) => isIn(it, instant));
    if (found === undefined) throw new RangeError(`${path} has no price for ${instant.toISO()}`);
    return found;
  };
  const local = (ms: number): DateTime => DateTime.fromMillis(ms, { zone: timeZone });
  const last = local(window.toMs).plus({ days: DAYS_AFTER });
  for (let day = local(window.fromMs); day <= last; day = day.plus({ days: 1 })) seasonAt(day);
  return {
    name,
    demandPerKw: seasonAt(local(window.fromMs)).demandPerKw,
    perKwhAt: (ms) => {
      const instant = local(ms);
      const { times, prices } = seasonAt(instant);
      const hour = instant.hour + instant.minute / 60;
      return prices[times.findLastIndex((it) => it <= hour)] ?? 0;
    },
    edgesMs: (fromMs, toMs) => {
      const edges: number[] = [];
      for (
        let day = local(fromMs).startOf('day');
        day.toMillis() <= toMs;
        day = day.plus({ days: 1 })
      ) {
        for (const time of seasonAt(day).times) {
          const hour = Math.floor(time);
          const edge = day.set({ hour, minute: Math.round(60 * (time - hour)) }).toMillis();
          if (edge > fromMs && edge < toMs) edges.push(edge);
        }
      }
      return edges;
    },
  };
}

function readTariff(path: string): { readonly name: string; readonly seasons: readonly Season[] } {
  const file = JSON.parse(readFileSync(path, 'utf8')) as { name?: unknown; schedule?: unknown };
  const schedule = file?.schedule;
  if (!Array.isArray(schedule) || schedule.length === 0) {
    throw new RangeError(`${path} is no tariff: a list "schedule" of seasons is wanted`);
  }
  const seasons = schedule.map((it: unknown, index) => {
    const fail = (wanted: string): never => {
      throw new RangeError(`${path}, schedule[${index}]: ${wanted} is wanted`);
    };
    return seasonOf((it ?? {}) as Record<string, unknown>, fail);
  });
  return { name: typeof file.name === 'string' ? file.name : path, seasons };
}

function seasonOf(it: Record<string, unknown>, fail: (wanted: string) => never): Season {
  const { times, tariffs, demand_charge: demandPerKw = 0, dow_mask: mask } = it;
  const dayOf = (field: string): number => {
    const [, month, day] = /^(\d\d?)-(\d\d?)$/.exec(String(it[field])) ?? [];
    return day === undefined ? fail(`${field} as 05-31`) : 100 * Number(month) + Number(day);
  };
  const days = DAYS.find((name) => name === mask) ?? fail(`dow_mask of ${DAYS.join(', ')}`);
  if (
    !isNumbers(times) ||
    times[0] !== 0 ||
    times.some((hour, at) => hour <= (times[at - 1] ?? -1))
  )
    return fail('times, hours of the day that ascend from 0,');
  if (!isNumbers(tariffs) || tariffs.length !== times.length)
    return fail('tariffs, a price for each of times,');
  if (typeof demandPerKw !== 'number' || !(demandPerKw >= 0))
    return fail('demand_charge of 0 or more');
  const [from, to] = [dayOf('effective_start'), dayOf('effective_end')];
  return { from, to, days, times, prices: tariffs, demandPerKw };
}

const isNumbers = (value: unknown): value is readonly number[] =>
  Array.isArray(value) && value.every((it) => Number.isFinite(it));

function isIn({ from, to, days }: Season, instant: DateTime): boolean {
  const day = 100 * instant.month + instant.day;
  const isInSeason = from <= to ? day >= from && day <= to : day >= from || day <= to;
  const isWeekend = instant.weekday >= FIRST_WEEKEND_DAY;
  return isInSeason && (days === 'ALL' || isWeekend === (days === 'WEEKENDS'));
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
