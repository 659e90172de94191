/** The real-time allocator: who charges now, and at what current. Deterministic, microseconds. */
import { assert } from '../assert.js';
import { pilotAtMost } from '../pilots.js';
import type { Allocation, SiteProblem } from '../problem.js';
import { amps } from '../units.js';
import { admit, amongAdmitted } from './admit.js';
import { codeReasons, reasonOf } from './bound-by.js';
import { tabulateClaims } from './claim-table.js';
import { type CompiledSite, compileSite, hasShapeOf, takeLimits } from './compile-site.js';
import { fillByLevel } from './fill.js';
import { orderByUrgency } from './order.js';
import { markPatient } from './patience.js';
import { roundToPilots, roundToTargets } from './round.js';
import { REACHED_TOLERANCE_A } from './tolerances.js';

/**
 * Limits for every EVSE of a site, with the reason for each:
 * 1. by laxity, who can wait; admission of the others' minimum currents in order, with minimum on and
 *    off times; nobody starves;
 * 2. filling by smoothed least laxity, plain max-min where no need is known, first up to the
 *    planner's targets, then beyond them;
 * 3. rounding to pilots, handing out what is left, last to those who can wait or want nothing.
 *
 * Precondition: `checkProblem` finds nothing. Postcondition: `verifyAllocation` finds nothing; no
 * admitted EVSE can rise one pilot by itself. Never throws on a valid problem.
 *
 * Counts a vehicle at its limit on every channel of its EVSE, also where it draws less.
 */
export function allocate(problem: SiteProblem): Allocation {
  return createAllocator()(problem);
}

/**
 * An allocator for one site: the same answers as `allocate`. It keeps the site compiled, and its
 * memory, from one problem to the next for as long as circuits and EVSEs stay as they are.
 */
export function createAllocator(): (problem: SiteProblem) => Allocation {
  let site: CompiledSite | undefined;
  return (problem) => {
    if (site === undefined || !hasShapeOf(site, problem)) site = compileSite(problem);
    decide(site, problem);
    return answer(site, problem);
  };
}

/**
 * From the problem to limits and reason codes, which the site holds afterwards. Takes no memory.
 * Precondition: `hasShapeOf(site, problem)`.
 */
export function decide(site: CompiledSite, problem: SiteProblem): void {
  readProblem(site, problem);
  runStages(site);
}

/** The problem's claims and limits as columns. */
export function readProblem(site: CompiledSite, problem: SiteProblem): void {
  takeLimits(site, problem);
  tabulateClaims(site, problem);
}

/** All stages on the columns that were read last. */
export function runStages(site: CompiledSite): void {
  orderByUrgency(site.order, site.table);
  markPatient(site);
  admit(site);
  fillAdmitted(site);
  roundToPilots(site);
  codeReasons(site);
}

/** Stages 2 and 3: currents of the admitted claims before rounding; the others get 0. */
export function fillAdmitted(site: CompiledSite): void {
  const { table, admission, levels, filling } = site;
  levels.zeroSec.set(table.zeroSec);
  amongAdmitted(admission, table.minA, levels.lowA);
  if (table.hasTargets) {
    amongAdmitted(admission, table.targetA, levels.highA);
    fillByLevel(site, levels, filling);
    roundToTargets(site);
    levels.lowA.set(site.limitA);
  }
  amongAdmitted(admission, table.maxA, levels.highA);
  for (let place = 0; place < levels.highA.length; place += 1) {
    // A target may have been rounded up to the pilot above what the vehicle takes.
    const lowA = levels.lowA[place] as number;
    if ((levels.highA[place] as number) < lowA) levels.highA[place] = lowA;
  }
  fillByLevel(site, levels, filling);
}

/** What was decided, in the problem's order. */
export function answer(site: CompiledSite, problem: SiteProblem): Allocation {
  const { placeOf } = site;
  return {
    limits: problem.evses.map((evse, index) => {
      const place = placeOf[index] as number;
      const limitA = site.limitA[place] as number;
      assert(limitA === 0 || evse.claim !== undefined, 'an EVSE with current has a claim');
      assert(limitA <= evse.currentMaxA + REACHED_TOLERANCE_A, 'a limit is within hardware');
      assert(limitA === pilotAtMost(evse.pilots, limitA), 'a limit is a pilot');
      const boundBy = reasonOf(site, place, evse);
      const given = { evseId: evse.id, limitA: amps(limitA), boundBy };
      if (evse.claim?.creditAs === undefined) return given;
      return { ...given, shareA: amps(site.filling.currentA[place] as number) };
    }),
  };
}
