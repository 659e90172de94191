/** Whatever a station declares and takes: where it takes any form of a default, it is told its limits. */
import { expect, test } from 'vitest';
import { worstCaseAt } from '../../ledger/index.js';
import type { ChargingProfile } from '../../profiles/index.js';
import { evseId, watts } from '../../solver/index.js';
import { initialState } from '../../src/control/initial-state.js';
import { fuss } from './fussy-station.js';
import { feed, openScript, wait } from './ideal-station.js';
import { smallSite, START_MS } from './small-site.js';
import { voiceOf } from './station-events.js';

const MINUTE_MS = 60_000;
const LIMIT_A = 10;
/** Every so many of all stations; 7 has no factor in common with the lengths of the lists. */
const EVERY = 7;

const UNITS = ['A', 'W', 'AW'] as const;
const KINDS = ['any', 'absolute', 'relative'] as const;
const PURPOSES = [
  ['tx', 'tx-default', 'station-max'],
  ['tx', 'tx-default'],
  ['tx-default'],
  ['tx-default', 'station-max'],
  ['tx', 'station-max'],
  ['station-max'],
] as const;
const DECLARED_UNITS = ['', 'Current', 'Power', 'Current,Power'] as const;
const DECLARED_LEVELS = ['', '0', '3'] as const;
const PERIODS = ['', '1', '24'] as const;

interface Station {
  readonly levels: 'any' | 'zero';
  readonly units: (typeof UNITS)[number];
  readonly kind: (typeof KINDS)[number];
  readonly purposes: readonly string[];
  readonly declaredUnits: (typeof DECLARED_UNITS)[number];
  readonly declaredLevel: string;
  readonly periods: string;
}

const STATIONS: readonly Station[] = (['any', 'zero'] as const).flatMap((levels) =>
  UNITS.flatMap((units) =>
    KINDS.flatMap((kind) =>
      PURPOSES.flatMap((purposes) =>
        DECLARED_UNITS.flatMap((declaredUnits) =>
          DECLARED_LEVELS.flatMap((declaredLevel) =>
            PERIODS.map((periods) => ({
              levels,
              units,
              kind,
              purposes,
              declaredUnits,
              declaredLevel,
              periods,
            })),
          ),
        ),
      ),
    ),
  ),
);

/** What it declares is true as far as it goes, and a maximum of a station must not be Relative. */
function isPossible({ declaredUnits, units, kind, purposes }: Station): boolean {
  if (declaredUnits === 'Current' && units === 'W') return false;
  if (declaredUnits === 'Power' && units === 'A') return false;
  return kind !== 'relative' || purposes.includes('tx-default');
}

function refusal(of: Station, profile: ChargingProfile): string | undefined {
  if (of.levels === 'zero' && profile.stackLevel > 0) return 'level';
  if (!of.units.includes(profile.unit)) return 'unit';
  if (of.kind !== 'any' && of.kind !== (profile.kind ?? 'absolute')) return 'kind';
  if (!of.purposes.includes(profile.purpose)) return 'purpose';
  return of.periods !== '' && profile.periods.length > Number(of.periods) ? 'periods' : undefined;
}

const possible = STATIONS.filter(isPossible).filter((_, at) => at % EVERY === 0);

test(`${possible.length} stations of every kind are told their limits`, () => {
  expect(possible.length).toBeGreaterThan(300);
  for (const of of possible) {
    const script = openScript(initialState(smallSite(), 1, START_MS), START_MS);
    const s1 = voiceOf('S1', script);
    const variables = {
      ChargingScheduleAllowedChargingRateUnit: of.declaredUnits,
      ChargeProfileMaxStackLevel: of.declaredLevel,
      ChargingScheduleMaxPeriods: of.periods,
    };
    let told: ChargingProfile | undefined;
    fuss(script, {
      variables,
      refuses: (profile) => {
        const why = refusal(of, profile);
        if (why === undefined) told = profile;
        return why;
      },
    });
    feed(script, s1.connected(), s1.booted());
    wait(script, 10 * MINUTE_MS);
    feed(script, s1.started('1'));
    wait(script, 20 * MINUTE_MS);
    const what = JSON.stringify(of);
    expect(script.state.evses.get(evseId('S1:1'))?.decision?.limitA, what).toBe(32);
    // All of it, on all of its phases: a vehicle that uses three of them charges.
    const limit = told?.periods[0]?.limit ?? 0;
    expect(limit, what).toBeGreaterThanOrEqual(told?.unit === 'W' ? 32 * 207 * 3 : 32);
    const { site } = script.state;
    const importLimitW = watts(LIMIT_A * 253 * 3);
    const edited = { ...site, version: site.version + 1, importLimitW };
    feed(script, { type: 'site.edited', site: edited, actor: 'owner' });
    wait(script, 20 * MINUTE_MS);
    const ledger = script.state.evses.get(evseId('S1:1'))?.ledger;
    if (ledger === undefined) throw new Error('S1:1 is there');
    const worstA = worstCaseAt(ledger, script.nowMs, edited.settings);
    expect(worstA, what).toBeLessThanOrEqual(LIMIT_A + 1e-6);
  }
});
