/**
 * What kind of station each place of the fleet is; the same place is the same kind in every run.
 */
import type { PilotFile, SiteFileVersion } from '../site-file.js';
import type { RateUnit } from './profile.js';

/**
 * - `no-tx`          it refuses every TxProfile
 * - `max-only`       it refuses all but the maximum of the station
 * - `relative-only`  it refuses what is Absolute
 * - `level-0`        it refuses what is above level 0, whatever it declares
 * - `keeps-old`      it accepts a TxProfile, and goes by the one of the same transaction that it has
 */
export type Fuss = 'no-tx' | 'max-only' | 'relative-only' | 'level-0' | 'keeps-old';

export interface StationTraits {
  readonly version: SiteFileVersion;
  readonly units: readonly RateUnit[];
  readonly stackLevelMax: number;
  readonly periodsMax: number;
  /** Which representable pilot it offers for a limit between two. */
  readonly rounding: 'down' | 'up';
  /** It accepts every limit, shows it, and draws what it can while this is true; absent: it obeys. */
  readonly ignoresLimits?: () => boolean;
  /**
   * It goes by the number of phases of a limit, and says so; `named`: and by the phase that is named (2.x).
   * Absent: it uses all.
   */
  readonly switchesPhases?: 'first' | 'named';
  /** The only form in which it takes profiles; absent: any. */
  readonly fuss?: Fuss;
}

const STACK_LEVEL_MAX = 8;
const PERIODS_MAX = 24;

/**
 * Half speak 1.6 and half 2.0.1; the fourth takes watts only, the seventh knows stack level 0 only,
 * every sixteenth from the sixth on rounds limits up to its next pilot.
 */
export function traitsOf(
  index: number,
  given: SiteFileVersion | undefined,
  more: { readonly switchesPhases?: true } = {},
): StationTraits {
  const version = given ?? (index % 2 === 0 ? 'ocpp1.6' : 'ocpp2.0.1');
  return {
    version,
    ...(more.switchesPhases === undefined
      ? {}
      : { switchesPhases: version === 'ocpp1.6' ? 'first' : 'named' }),
    units: index === 3 ? ['W'] : ['A', 'W'],
    stackLevelMax: index === 6 ? 0 : STACK_LEVEL_MAX,
    periodsMax: PERIODS_MAX,
    rounding: index % 16 === 5 ? 'up' : 'down',
  };
}

/** Slack for limits that were computed from watts, A. */
const PILOT_TOLERANCE_A = 1e-6;

/** The pilot that an EVSE offers for a limit: 0, or one that its hardware can signal. */
export function pilotFor(
  wantedA: number,
  pilots: PilotFile,
  hardware: { readonly currentMaxA: number; readonly rounding: 'down' | 'up' },
): number {
  if (wantedA <= PILOT_TOLERANCE_A) return 0;
  const limitA = Math.min(wantedA, hardware.currentMaxA);
  const valuesA =
    pilots.kind === 'set' ? pilots.valuesA.filter((value) => value > 0) : aroundA(limitA, pilots);
  const possibleA = valuesA.filter((value) => value <= hardware.currentMaxA);
  const below = possibleA.filter((value) => value <= limitA + PILOT_TOLERANCE_A);
  if (hardware.rounding === 'down') return Math.max(0, ...below);
  const above = possibleA.filter((value) => value >= limitA - PILOT_TOLERANCE_A);
  return above.length > 0 ? Math.min(...above) : Math.max(0, ...below);
}

/** The pilots next to a limit on a regular scale from `minA`. */
function aroundA(
  limitA: number,
  pilots: Extract<PilotFile, { readonly kind: 'continuous' }>,
): readonly number[] {
  if (pilots.stepA === 0) return limitA >= pilots.minA ? [limitA] : [pilots.minA];
  const steps = Math.max(0, Math.floor((limitA - pilots.minA + PILOT_TOLERANCE_A) / pilots.stepA));
  return [pilots.minA + steps * pilots.stepA, pilots.minA + (steps + 1) * pilots.stepA];
}
