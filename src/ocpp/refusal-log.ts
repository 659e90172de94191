/** Refused upgrades in the log: each of the first, then how many there were. Real time. */
import type { Clock, Log } from '../platform/ports.js';
import type { Refused } from './door-check.js';

const WINDOW_MS = 10_000;
const LINES_PER_WINDOW = 20;

/** Logs one refusal; a flood of them fills no disk. */
export function createRefusalLog(log: Log, clock: Clock): (refused: Refused) => void {
  let fromMs = Number.NEGATIVE_INFINITY;
  let count = 0;
  return ({ status, reason, identity }) => {
    const nowMs = clock.monotonicMs();
    if (nowMs - fromMs > WINDOW_MS) {
      if (count > LINES_PER_WINDOW) log.warn({ count }, 'upgrades refused, not all of them logged');
      fromMs = nowMs;
      count = 0;
    }
    count += 1;
    if (count <= LINES_PER_WINDOW) log.info({ status, reason, identity }, 'upgrade refused');
  };
}
