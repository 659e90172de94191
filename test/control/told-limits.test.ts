/** What stations are told, whatever they declare: representable, within their limits, by the rules. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkProfile, installedFrom, type ChargingProfile } from '../../profiles/index.js';
import { amps, type PilotSet } from '../../solver/index.js';
import { initialState } from '../../src/control/initial-state.js';
import type { OcppVersion } from '../../src/ocpp/messages.js';
import { checkSite } from '../../src/sites/check-site.js';
import type { Site } from '../../src/sites/site.js';
import { feed, openScript, type Script, wait } from './ideal-station.js';
import { eachPhase, smallSite, START_MS } from './small-site.js';
import { voiceOf } from './station-events.js';

const NOMINAL_V = 230;
const LOWEST_V = NOMINAL_V * 0.9;
const HIGHEST_V = NOMINAL_V * 1.1;
const EVSE_MAX_A = 32;
const HALF_TENTH = 0.05 + 1e-9;

const PILOTS: readonly PilotSet[] = [
  { kind: 'continuous', minA: amps(6), stepA: amps(1) },
  { kind: 'continuous', minA: amps(8), stepA: amps(2) },
  { kind: 'set', valuesA: [8, 16, 24, 32].map(amps) },
  { kind: 'set', valuesA: [6, 10, 13, 16, 20, 32].map(amps) },
];

const cases = fc.record({
  version: fc.constantFrom<OcppVersion>('ocpp1.6', 'ocpp2.0.1', 'ocpp2.1'),
  pilots: fc.constantFrom(...PILOTS),
  channels: fc.constantFrom(eachPhase(true), [true, false, false] as const),
  limitA: fc.integer({ min: 6, max: 80 }),
  unit: fc.constantFrom('Current', 'Power', 'Current,Power'),
  periodsMax: fc.integer({ min: 1, max: 3 }),
  levelMax: fc.integer({ min: 0, max: 8 }),
  sessionA: fc.constantFrom(0, 6, 8),
  turns: fc.array(
    fc.record({
      waitSec: fc.integer({ min: 1, max: 900 }),
      drawsA: fc.integer({ min: 0, max: 32 }),
      second: fc.boolean(),
    }),
    { minLength: 1, maxLength: 6 },
  ),
});
type Case = typeof cases extends fc.Arbitrary<infer T> ? T : never;

function siteOf({ pilots, channels, limitA, sessionA }: Case): Site {
  const site = smallSite({ stations: 2, limitA, settings: { fallbackSessionA: amps(sessionA) } });
  return { ...site, evses: site.evses.map((evse) => ({ ...evse, pilots, channels })) };
}

/** Two stations that take turns; every profile that was sent to them. */
function told(given: Case, site: Site): readonly ChargingProfile[] {
  const script: Script = openScript(initialState(site, 1, START_MS), START_MS);
  script.reply = (pending) => {
    if (pending.command.kind !== 'read-variables') return undefined;
    return {
      status: 'accepted',
      variables: {
        ChargeProfileMaxStackLevel: String(given.levelMax),
        ChargingScheduleAllowedChargingRateUnit: given.unit,
        ChargingScheduleMaxPeriods: String(given.periodsMax),
      },
    };
  };
  const [s1, s2] = [voiceOf('S1', script), voiceOf('S2', script)];
  for (const voice of [s1, s2]) {
    feed(script, { ...voice.connected(), version: given.version }, voice.booted());
  }
  wait(script, 120_000);
  feed(script, s1.started('1'));
  for (const { waitSec, drawsA, second } of given.turns) {
    wait(script, waitSec * 1000);
    const atMs = script.nowMs;
    const currentA = [drawsA, drawsA, drawsA] as const;
    feed(script, s1.sampled([{ atMs, currentA }], { transactionId: '1' }));
    feed(script, second ? s2.started('2') : s2.ended('2'));
  }
  wait(script, 60_000);
  return script.sent.flatMap(({ command }) =>
    command.kind === 'set-charging-profile' ? [command.profile] : [],
  );
}

/** 0, or at least the smallest pilot on every phase, whatever the voltage. */
function isUseful(limit: number, unit: 'A' | 'W', { pilots, channels }: Case): boolean {
  if (limit === 0) return true;
  const minA = pilots.kind === 'set' ? (pilots.valuesA[0] ?? 0) : pilots.minA;
  if (unit === 'A') return limit >= minA;
  return limit / (HIGHEST_V * channels.filter(Boolean).length) >= minA - HALF_TENTH;
}

/** What a vehicle may draw by it at the lowest voltage, on one phase: never more than the hardware. */
function isWithinHardware(limit: number, unit: 'A' | 'W', { channels }: Case): boolean {
  if (unit === 'A') return limit <= EVSE_MAX_A;
  return limit <= EVSE_MAX_A * LOWEST_V * channels.filter(Boolean).length + 1e-6;
}

test('no limit between 0 and the minimum, none of two decimals, no period too many', () => {
  let profiles = 0;
  let useful = 0;
  fc.assert(
    fc.property(cases, (given) => {
      const site = siteOf(given);
      if (checkSite(site).length > 0) return;
      for (const profile of told(given, site)) {
        profiles += 1;
        expect(profile.periods.length).toBeLessThanOrEqual(given.periodsMax);
        expect(profile.unit).toBe(given.unit === 'Power' ? 'W' : 'A');
        for (const { limit } of profile.periods) {
          expect(Math.abs(limit * 10 - Math.round(limit * 10))).toBeLessThan(1e-6);
          expect(isWithinHardware(limit, profile.unit, given), JSON.stringify(profile)).toBe(true);
          expect(isUseful(limit, profile.unit, given), JSON.stringify(profile)).toBe(true);
          if (limit > 0) useful += 1;
        }
        expect(broken(profile, given)).toEqual([]);
      }
    }),
    { numRuns: 100, seed: 7 },
  );
  expect(profiles).toBeGreaterThan(300);
  expect(useful).toBeGreaterThan(100);
});

function broken(profile: ChargingProfile, { version, unit, levelMax, periodsMax }: Case) {
  const { transactionId } = profile;
  return checkProfile(installedFrom(profile), {
    version,
    smartChargingAvailable: true,
    units: unit === 'Power' ? ['W'] : unit === 'Current' ? ['A'] : ['A', 'W'],
    evseCount: 1,
    transactions: transactionId === undefined ? [] : [{ evseNumber: 1, transactionId }],
    installed: [],
    stackLevelMax: levelMax,
    periodsMax,
    supplyPhaseCount: 3,
    phaseSwitching: false,
    features: [],
    additionalPurposes: [],
  });
}
