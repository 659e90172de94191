/** What the Live page says of an EVSE on one phase. */
import { expect, test } from 'vitest';
import { circuitId } from '../../solver/index.js';
import { initialState } from '../../src/control/initial-state.js';
import type { EvseState } from '../../src/control/state.js';
import { phaseSentence } from '../../src/sites/phase-sentence.js';
import type { Site } from '../../src/sites/site.js';
import { GRID, smallSite, START_MS } from '../control/small-site.js';

type Because = NonNullable<NonNullable<EvseState['phases']>['because']>;

const clockOf = (atMs: number): string => new Date(atMs).toISOString().slice(11, 16);

function said(
  { because, shown = true, count = 1 }: { because?: Because; shown?: boolean; count?: 1 | 3 },
  site: Site = smallSite(),
): string | undefined {
  const [known] = initialState(site, 1, START_MS).evses.values();
  if (known === undefined) throw new Error('the site has an EVSE');
  const ledger = { ...known.ledger, onePhase: { channels: [false, true, false], shown } as const };
  const state: EvseState = { ...known, ledger, phases: { count, sinceMs: START_MS, because } };
  return phaseSentence(site, { state }, clockOf);
}

const limit = (source: Because['source'], id = GRID): { because: Because } => ({
  because: { circuitId: id, source },
});

test.each([
  ['rating', ': the rating of Grid connection leaves less than three phases need'],
  ['owner', ": the owner's limit leaves less than three phases need"],
  ['demand-charge', ': what costs no higher peak leaves less than three phases need'],
  ['price', ': what is planned before energy costs less leaves less than three phases need'],
  ['signal', ': the limit of the grid leaves less than three phases need'],
] as const)('of a limit by %s it says whose, on which phase and until when', (source, why) => {
  expect(said(limit(source))).toBe(
    `it charges on one phase, L2${why}; on three again at 08:10 at the earliest`,
  );
});

test('of a site with PV it is the sun that gives too little', () => {
  const kind = 'generation' as const;
  const meters = [{ id: 'pv', name: 'PV', circuitId: GRID, kind, source: 'api' as const }];
  expect(said(limit('owner'), { ...smallSite(), meters })).toContain(
    "what the sun and the owner's limit leave is less than three phases need",
  );
});

test('what was told and not shown yet is no charging on one phase', () => {
  expect(said({ ...limit('rating'), shown: false })).toBe(
    'it is told to charge on one phase, and has not shown yet that it does',
  );
});

test('a circuit that is gone is named by its id; of three phases nothing is said', () => {
  expect(said(limit('rating', circuitId('gone')))).toContain('the rating of gone');
  expect(said({ count: 3 })).toBeUndefined();
});
