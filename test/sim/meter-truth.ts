/** What the meter of a station shows of its draw, and how soon that must be enough to find it out (R9). */
import type { Site, SiteEvse } from '../../src/sites/site.js';
import type { Scenario } from './scenario.js';
import { phaseCountOf, type SimEvse } from './sim-evse.js';

/** Accuracy of a meter, as R9 has it. */
const METER_FRACTION = 0.02;
const METER_A = 0.2;
/** The supply stays within so much of its nominal voltage. */
const VOLTAGE_FRACTION = 0.1;
/** A register may be read so long before it is told. */
const READ_BEFORE_MS = 5000;
/** From a sample to the engine's having it, where nothing is slow. */
const TRANSIT_MS = 250;
/** Two readings show it, and there is the one between which it began. */
const READINGS = 3;
/** A draw in turns is sampled in turns: so many turns may have been seen too few. */
const TURNS = 4;
const MS_PER_HOUR = 3_600_000;

export function withinMeter(currentA: number): number {
  return currentA * (1 + METER_FRACTION) + METER_A;
}

/** The current that its samples prove: of power and energy, as if all phases carried it. */
export function shownA(site: Site, evse: SimEvse): number {
  const { drawA, spec } = evse;
  if (spec.meters === 'currents') return drawA;
  return (drawA * phaseCountOf(evse) * spec.voltageV) / wattsPerAmp(site, evse.site);
}

function wattsPerAmp(site: Site, { channels }: SiteEvse): number {
  const nominalV = site.supply === 'wye' ? site.voltageLineToNeutralV : site.voltageLineToLineV;
  return channels.filter(Boolean).length * nominalV * (1 + VOLTAGE_FRACTION);
}

/** A single reading above W shows what is drawn, and the next one proves it. */
export function isShownAtOnce({ spec }: SimEvse): boolean {
  return spec.meters !== 'energy' && spec.lie !== 'in-turns';
}

export interface ExcessSum {
  /** Looks at the draw as it is now; true when the station must have been found out. */
  isDue(nowMs: number, worstA: number): boolean;
}

/** Sums up what one EVSE draws beyond W, as far as its samples show it. */
export function createExcessSum({ site }: Scenario, evse: SimEvse): ExcessSum {
  const { sampleIntervalSec, skewSec } = site.settings;
  const intervalMs = sampleIntervalSec * 1000;
  const isSummedByRegister = evse.spec.meters === 'energy';
  /** So far back a higher W may be held against a register. */
  const heldMs = isSummedByRegister ? 2 * (intervalMs + skewSec * 1000) + TRANSIT_MS : 0;
  const worsts: { untilMs: number; readonly worstA: number }[] = [];
  let atMs: number | undefined;
  let shown = 0;
  let highestA = 0;
  let excessAs = 0;
  let dueSinceMs: number | undefined;

  function begin(): void {
    excessAs = 0;
    highestA = 0;
    dueSinceMs = undefined;
  }

  /** The highest W of the last while, this instant included. */
  function heldA(nowMs: number, worstA: number): number {
    const last = worsts.at(-1);
    if (last?.worstA === worstA) last.untilMs = nowMs;
    else worsts.push({ untilMs: nowMs, worstA });
    while ((worsts[0]?.untilMs ?? nowMs) < nowMs - heldMs) worsts.shift();
    return Math.max(...worsts.map((it) => it.worstA));
  }

  function slackAs(allowedA: number): number {
    const intervalSec = intervalMs / 1000;
    if (!isSummedByRegister) {
      const readingsAs = TURNS * highestA * intervalSec;
      return 0.5 * Math.max(6, allowedA) * intervalSec + readingsAs;
    }
    const mostA = Math.max(highestA, allowedA, evse.site.currentMaxA);
    const stepAs = (evse.spec.registerStepWh * MS_PER_HOUR) / wattsPerAmp(site, evse.site) / 1000;
    // The first step may be a jump, the last is not shown yet, and one may not be held against it.
    return 3 * stepAs + (mostA * (intervalMs + READ_BEFORE_MS)) / 1000;
  }

  return {
    isDue(nowMs, worstA) {
      const lastWorstA = worsts.at(-1)?.worstA ?? worstA;
      const isJudgedAnew = isSummedByRegister ? worstA > lastWorstA : worstA !== lastWorstA;
      const tookMs = nowMs - (atMs ?? nowMs);
      const wasShown = shown;
      atMs = nowMs;
      shown = shownA(site, evse);
      const allowedA = withinMeter(heldA(nowMs, worstA)) * (1 + TRANSIT_MS / intervalMs);
      if (isJudgedAnew || evse.tx === undefined) begin();
      else {
        excessAs = Math.max(0, excessAs + ((wasShown - allowedA) * tookMs) / 1000);
        highestA = excessAs === 0 ? 0 : Math.max(highestA, wasShown);
      }
      if (excessAs <= slackAs(allowedA)) dueSinceMs = undefined;
      else dueSinceMs ??= nowMs;
      return dueSinceMs !== undefined && nowMs - dueSinceMs >= READINGS * intervalMs + TRANSIT_MS;
    },
  };
}
