/** That an EVSE charges on one phase, why, and until when at the earliest. Pure. */
import { threeAgainAtMs } from '../control/phase-switch.js';
import type { Site } from './site.js';
import type { EvseStanding } from './snapshot.js';

const PHASES = ['L1', 'L2', 'L3'] as const;

/** Undefined: it is told of three phases, or of none. `clockOf`: local time of an instant. */
export function phaseSentence(
  site: Site,
  { state }: Pick<EvseStanding, 'state'>,
  clockOf: (atMs: number) => string,
): string | undefined {
  const untilMs = threeAgainAtMs(state);
  if (untilMs === undefined) return undefined;
  const { phases, ledger, test } = state;
  if (test !== undefined) return 'a test tells it to charge on one phase';
  if (ledger.onePhase?.shown !== true) {
    return 'it is told to charge on one phase, and has not shown yet that it does';
  }
  const on = PHASES.filter((_name, at) => ledger.onePhase?.channels[at] === true).join('');
  const why = becauseText(site, phases?.because);
  return `it charges on one phase, ${on}${why}; on three again at ${clockOf(untilMs)} at the earliest`;
}

function becauseText(
  { circuits, meters = [] }: Site,
  because: NonNullable<EvseStanding['state']['phases']>['because'],
): string {
  if (because === undefined) return '';
  const too = 'leaves less than three phases need';
  if (because.source === 'signal') return `: the limit of the grid ${too}`;
  if (because.source === 'demand-charge') return `: what costs no higher peak ${too}`;
  if (because.source === 'price') return `: what is planned before energy costs less ${too}`;
  const hasSun = meters.some(({ kind }) => kind === 'generation');
  if (because.source === 'owner') {
    return hasSun
      ? `: what the sun and the owner's limit leave is less than three phases need`
      : `: the owner's limit ${too}`;
  }
  const name = circuits.find(({ id }) => id === because.circuitId)?.name ?? because.circuitId;
  return `: the rating of ${name} ${too}`;
}
