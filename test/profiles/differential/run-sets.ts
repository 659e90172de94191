/** Runs the differential test over many sets of profiles. */
import { type ProfileWorld, profileWorld } from './profile-world.js';
import { differenceIn, type Difference, periodCount } from './second-opinion.js';

export interface SetsReport {
  readonly sets: number;
  readonly profiles: number;
  readonly periods: number;
  readonly differences: readonly (Difference & {
    readonly seed: number;
    readonly world: ProfileWorld;
  })[];
}

const DIFFERENCES_KEPT_MAX = 20;

/** Sets `seed` to `seed + sets - 1`; at most twenty differences are kept. */
export function runSets(seed: number, sets: number): SetsReport {
  const differences: SetsReport['differences'][number][] = [];
  let profiles = 0;
  let periods = 0;
  for (let each = seed; each < seed + sets; each += 1) {
    const world = profileWorld(each);
    profiles += world.profiles.length;
    periods += periodCount(world);
    const difference = differenceIn(world);
    if (difference === undefined) continue;
    differences.push({ seed: each, world, ...difference });
    if (differences.length === DIFFERENCES_KEPT_MAX) break;
  }
  return { sets, profiles, periods, differences };
}
