/** Who can wait: a vehicle with a known need whose fair share by laxity is less than its minimum. */
import { channelSums } from '../electrical/channel-sums.js';
import type { CircuitTree } from '../electrical/circuit-tree.js';
import { rowLoadFrom } from '../electrical/row-load.js';
import { RAISE_TOLERANCE_A } from '../electrical/tolerances.js';
import type { Evse } from '../problem.js';
import { type ClaimTable, PATIENT, RESTING, WANTING } from './claim-table.js';
import { fillByLevel } from './fill.js';
import { HYSTERESIS_SEC, REACHED_TOLERANCE_A } from './tolerances.js';

/** Priority ranks above laxity: longer than any stay, s. */
const PRIORITY_SEC = 30 * 86_400;

/**
 * Smoothed least laxity without minimums says what each vehicle should get now. Where that is less
 * than its minimum, serving it would take current from vehicles whose departure is nearer to being
 * missed, so it becomes PATIENT. Vehicles without a known need, and those that are held on, starving
 * or resting, keep their place: their minimum is counted first, where it fits.
 */
export function markPatient(tree: CircuitTree, evses: readonly Evse[], table: ClaimTable): void {
  const lowA = new Float64Array(evses.length);
  const highA = table.maxA.map((a, index) =>
    (table.standing[index] as number) <= RESTING ? a : 0,
  );
  const zeroSec = table.zeroSec.slice();
  let isOpen = false;
  for (const [index, { claim }] of evses.entries()) {
    if (mayBePatient(table, index, claim)) {
      isOpen = true;
      const bonusSec = (claim?.lastLimitA ?? 0) > 0 ? HYSTERESIS_SEC : 0;
      const rankSec = (claim?.priority ?? 0) * PRIORITY_SEC;
      zeroSec[index] = (zeroSec[index] as number) - bonusSec - rankSec;
    } else if ((highA[index] as number) > 0) {
      lowA[index] = table.minA[index] as number;
    }
  }
  if (!isOpen || !carries(tree, table, lowA)) return;
  const { slope, reservedA } = table;
  const { currentA } = fillByLevel(tree, { slope, zeroSec, lowA, highA, reservedA });
  for (const [index, { claim }] of evses.entries()) {
    if (!mayBePatient(table, index, claim)) continue;
    const shareA = currentA[index] as number;
    if (shareA < (table.minA[index] as number) - REACHED_TOLERANCE_A)
      table.standing[index] = PATIENT;
  }
}

function mayBePatient(table: ClaimTable, index: number, claim: Evse['claim']): boolean {
  return claim?.need !== undefined && table.standing[index] === WANTING;
}

/** Where not even the others' minimums fit, the queue decides alone. */
function carries(tree: CircuitTree, table: ClaimTable, lowA: Float64Array): boolean {
  const drawnA = lowA.map((a, index) => a + (table.reservedA[index] as number));
  const sumsA = channelSums(tree, drawnA);
  return tree.rows.capacityA.every(
    (capacityA, row) => rowLoadFrom(tree.rows, row, sumsA) <= capacityA + RAISE_TOLERANCE_A,
  );
}
