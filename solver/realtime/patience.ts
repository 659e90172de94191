/** Who can wait: a vehicle with a known need whose fair share by laxity is less than its minimum. */
import { sumChannels } from '../electrical/channel-sums.js';
import { carriesAll } from '../electrical/fits.js';
import { type ClaimTable, PATIENT, RESTING, WANTING } from './claim-table.js';
import type { CompiledSite } from './compile-site.js';
import { fillByLevel } from './fill.js';
import { HYSTERESIS_SEC, REACHED_TOLERANCE_A } from './tolerances.js';

/**
 * Smoothed least laxity without minimums says what each vehicle should get now. Where that is less
 * than its minimum, serving it would take current from vehicles whose departure is nearer to being
 * missed, so it becomes PATIENT. Vehicles without a known need, and those that are held on, starving
 * or resting, keep their place: their minimum is counted first, where it fits.
 */
export function markPatient(site: CompiledSite): void {
  const { table, levels, filling } = site;
  if (!enterLevels(site)) return;
  rankByPriority(site);
  fillByLevel(site, levels, filling);
  for (let place = 0; place < table.standing.length; place += 1) {
    if (!mayBePatient(table, place)) continue;
    const shareA = filling.currentA[place] as number;
    if (shareA < (table.minA[place] as number) - REACHED_TOLERANCE_A) {
      table.standing[place] = PATIENT;
    }
  }
}

function mayBePatient(table: ClaimTable, place: number): boolean {
  return (
    table.isNeedKnown[place] === 1 &&
    table.isPlanned[place] === 0 &&
    table.standing[place] === WANTING
  );
}

/**
 * Level functions from 0 for those who may be patient, from their minimum for the others. False where
 * nobody may be, or where not even the others' minimums fit: then the queue decides alone.
 */
function enterLevels({ tree, table, levels, sumsA, totalA }: CompiledSite): boolean {
  let isOpen = false;
  for (let place = 0; place < table.standing.length; place += 1) {
    const highA = (table.standing[place] as number) <= RESTING ? (table.maxA[place] as number) : 0;
    const mayWait = mayBePatient(table, place);
    if (mayWait) isOpen = true;
    const bonusSec = mayWait && table.isOn[place] === 1 ? HYSTERESIS_SEC : 0;
    const lowA = mayWait || highA === 0 ? 0 : (table.minA[place] as number);
    levels.highA[place] = highA;
    levels.lowA[place] = lowA;
    levels.zeroSec[place] = (table.zeroSec[place] as number) - bonusSec;
    totalA[place] = lowA + (table.reservedA[place] as number);
  }
  return isOpen && carriesAll(tree, sumChannels(tree, totalA, sumsA));
}

/**
 * Priority ranks above laxity: all lines of one priority end below those of the next. Who keeps its
 * place ranks as priority 0.
 */
function rankByPriority({ table, levels, ranks }: CompiledSite): void {
  ranks.length = 0;
  for (let place = 0; place < table.standing.length; place += 1) {
    if ((levels.highA[place] as number) <= 0) continue;
    const priority = mayBePatient(table, place) ? (table.priority[place] as number) : 0;
    if (!ranks.includes(priority)) ranks.push(priority);
  }
  if (ranks.length < 2) return;
  ranks.sort((a, b) => b - a);
  const apartSec = spreadSec(levels);
  for (let place = 0; place < table.standing.length; place += 1) {
    const priority = mayBePatient(table, place) ? (table.priority[place] as number) : 0;
    const zeroSec = levels.zeroSec[place] as number;
    levels.zeroSec[place] = zeroSec + ranks.indexOf(priority) * apartSec;
  }
}

/** From where the first line begins to rise to where the last one ends, s. */
function spreadSec({ slope, zeroSec, lowA, highA }: CompiledSite['levels']): number {
  let firstSec = Infinity;
  let lastSec = -Infinity;
  for (let place = 0; place < slope.length; place += 1) {
    const high = highA[place] as number;
    if (high <= 0) continue;
    const rate = slope[place] as number;
    const zero = zeroSec[place] as number;
    const startSec = zero + (lowA[place] as number) / rate;
    const endSec = zero + high / rate;
    if (startSec < firstSec) firstSec = startSec;
    if (endSec > lastSec) lastSec = endSec;
  }
  return lastSec - firstSec;
}
