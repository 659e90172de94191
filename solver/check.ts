/** Is this a well-formed problem? The engine may assume everything that is checked here. */
import { checkCircuits } from './check/circuits.js';
import { checkEvses } from './check/evses.js';
import { checkSettings, checkSupplies } from './check/supplies.js';
import type { SiteProblem, Violation } from './problem.js';

/**
 * Every broken rule of a problem, with a JSON pointer to what is wrong and what is allowed;
 * empty when the problem is well formed. Limits below the base load are well formed: nothing is
 * available there. So is a claim that its EVSE cannot serve: its answer is 0 with the reason.
 */
export function checkProblem(problem: SiteProblem): Violation[] {
  return [
    ...checkSettings(problem),
    ...checkCircuits(problem),
    ...checkEvses(problem),
    ...checkSupplies(problem),
  ];
}
