/** When an engine loses its site to another one, and for how long it does not know. */
import type { Dice } from './random.js';
import { START_MS } from './scenario.js';
import type { EngineFault } from './scenario-faults.js';

/** A stopped process or a slow commit, s. */
const UNAWARE_MIN_SEC = 1;
const UNAWARE_MAX_SEC = 120;

/** A stream of its own, so that the other faults of a seed stay what they were. */
export function planTakeovers(
  random: Dice,
  endMs: number,
  fraction: number,
): readonly EngineFault[] {
  const count = random.chance(fraction) ? random.int(1, 4) : 0;
  return Array.from({ length: count }, () => ({
    atMs: random.int(START_MS, endMs),
    kind: random.pick(['takeover-before-commit', 'takeover-after-commit'] as const),
    durationMs: random.int(UNAWARE_MIN_SEC, UNAWARE_MAX_SEC) * 1000,
  }));
}
