/** The real-time allocator: who charges now, and at what current. Deterministic, microseconds. */
import { assert } from '../assert.js';
import { type CircuitTree, compileTree } from '../electrical/circuit-tree.js';
import { pilotAtMost } from '../pilots.js';
import type { Allocation, SiteProblem } from '../problem.js';
import { amps } from '../units.js';
import { type Admission, admit } from './admit.js';
import { reasons } from './bound-by.js';
import { type ClaimTable, tabulateClaims } from './claim-table.js';
import { markPatient } from './patience.js';
import { type Filling, fillByLevel } from './fill.js';
import { roundToPilots } from './round.js';
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
  return allocateOn(compileTree(problem), problem);
}

/** The same on a tree that is compiled already. Precondition: the tree is of this problem. */
export function allocateOn(tree: CircuitTree, problem: SiteProblem): Allocation {
  const table = tabulateClaims(problem);
  markPatient(tree, problem.evses, table);
  const admission = admit(tree, problem.evses, table);
  const filling = fillAdmitted(tree, table, admission);
  const rounding = roundToPilots(tree, problem.evses, table, filling);
  const boundBy = reasons(problem.evses, { tree, table, admission, rounding });
  const limits = problem.evses.map((evse, index) => {
    const limitA = rounding.limitA[index] as number;
    const why = boundBy[index];
    assert(why !== undefined, `EVSE ${evse.id} has a reason`);
    assert(limitA === 0 || evse.claim !== undefined, `EVSE ${evse.id} with current has a claim`);
    assert(limitA <= evse.currentMaxA + REACHED_TOLERANCE_A, `EVSE ${evse.id} is within hardware`);
    assert(limitA === pilotAtMost(evse.pilots, limitA), `${limitA} A is a pilot of ${evse.id}`);
    return { evseId: evse.id, limitA: amps(limitA), boundBy: why };
  });
  return { limits };
}

/** Stages 2 and 3: currents of the admitted claims before rounding; the others get 0. */
export function fillAdmitted(tree: CircuitTree, table: ClaimTable, admission: Admission): Filling {
  const among = (column: Float64Array): Float64Array =>
    column.map((value, index) => (admission.admitted[index] === 1 ? value : 0));
  const { slope, zeroSec, reservedA } = table;
  const lowA = among(table.minA);
  const highA = among(table.maxA);
  if (!table.hasTargets) return fillByLevel(tree, { slope, zeroSec, lowA, highA, reservedA });
  const targetA = among(table.targetA);
  const toTarget = fillByLevel(tree, { slope, zeroSec, lowA, highA: targetA, reservedA });
  return fillByLevel(tree, { slope, zeroSec, lowA: toTarget.currentA, highA, reservedA });
}
