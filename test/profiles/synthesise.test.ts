import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  FALLBACK_START_AT_MS,
  installedFrom,
  isOurProfile,
  predictComposite,
  roundDownToStep,
  SAME_LIMIT_A,
  synthesise,
  synthesiseFallback,
  type ChargingProfile,
  type CompositeStationFacts,
  type LeaseGrant,
  type SmartChargingCapability,
} from '../../profiles/index.js';
import { amps, volts, type Violation } from '../../solver/index.js';

const NOW_MS = 1_750_000_000_123;
const BOUNDARY_MS = 1_750_000_900_000;
const TENTHS: SmartChargingCapability = {
  units: ['A', 'W'],
  stackLevelMax: 8,
  periodsMax: 24,
  stepA: 0.1,
};
const OPTIONS = { voltageMinV: volts(207), phaseCount: 1, nowMs: NOW_MS } as const;

function lease(limitA: number, tailA: number, more: Partial<LeaseGrant> = {}): LeaseGrant {
  return {
    evseNumber: 1,
    transactionId: '17',
    limitA: amps(limitA),
    tailA: amps(tailA),
    boundaryAtMs: BOUNDARY_MS,
    ...more,
  };
}

describe('synthesise', () => {
  test('writes a lease as a period boundary, without duration, on the ledger’s instant', () => {
    const profile = made(synthesise(lease(16, 6), TENTHS, OPTIONS));
    expect(profile).toEqual({
      id: 2001,
      stackLevel: 0,
      purpose: 'tx',
      evseNumber: 1,
      transactionId: '17',
      startAtMs: 1_749_999_940_000,
      unit: 'A',
      periods: [
        { startSec: 0, limit: 16 },
        { startSec: 960, limit: 6 },
      ],
    });
    expect(isOurProfile(profile, undefined)).toBe(true);
  });

  test('writes one period when the tail equals the grant once rounded', () => {
    expect(made(synthesise(lease(6.04, 6), TENTHS, OPTIONS)).periods).toEqual([
      { startSec: 0, limit: 6 },
    ]);
  });

  test('writes steps of a lease as periods, and none that changes nothing', () => {
    const steps = [
      { fromMs: BOUNDARY_MS - 300_000, currentA: amps(10) },
      { fromMs: BOUNDARY_MS - 120_000, currentA: amps(9.96) },
      { fromMs: BOUNDARY_MS - 60_000, currentA: amps(8) },
    ];
    const { startAtMs, periods } = made(synthesise(lease(16, 6, { steps }), TENTHS, OPTIONS));
    const atBoundarySec = (BOUNDARY_MS - startAtMs) / 1000;
    expect(periods).toEqual([
      { startSec: 0, limit: 16 },
      { startSec: atBoundarySec - 300, limit: 10 },
      { startSec: atBoundarySec - 120, limit: 9.9 },
      { startSec: atBoundarySec - 60, limit: 8 },
      { startSec: atBoundarySec, limit: 6 },
    ]);
    const whole = { ...TENTHS, stepA: 1 };
    expect(made(synthesise(lease(10, 6, { steps }), whole, OPTIONS)).periods).toHaveLength(4);
  });

  test.each([
    ['above the limit', [{ fromMs: BOUNDARY_MS - 60_000, currentA: amps(17) }]],
    ['at the boundary', [{ fromMs: BOUNDARY_MS, currentA: amps(10) }]],
    ['within a second', [{ fromMs: BOUNDARY_MS - 500, currentA: amps(10) }]],
  ])('refuses a step %s', (_, steps) => {
    const answer = synthesise(lease(16, 0, { steps }), TENTHS, OPTIONS);
    expect(Array.isArray(answer) ? answer.map((it) => it.rule) : answer).toEqual(['steps-descend']);
  });

  test('rounds down, and takes float noise for what it is', () => {
    const limits = [0.30000000004, 5.999999999999, 15.99, 0.1 + 0.2, 31.96];
    const written = limits.map((limitA) => {
      const [first] = made(synthesise(lease(limitA, 0), TENTHS, OPTIONS)).periods;
      return first?.limit;
    });
    expect(written).toEqual([0.3, 6, 15.9, 0.3, 31.9]);
  });

  test('gives a whole-ampere station whole amperes', () => {
    const whole = { ...TENTHS, stepA: 1 };
    const profile = made(synthesise(lease(15.9, 6.5), whole, OPTIONS));
    expect(profile.periods.map(({ limit }) => limit)).toEqual([15, 6]);
  });

  test('never writes a value between two steps of the station', () => {
    expect(roundDownToStep(6.3, 0.25)).toBe(6);
    expect(roundDownToStep(16, 8)).toBe(16);
    expect(roundDownToStep(7.9, 8)).toBe(0);
  });

  test('writes watts for the lowest voltage where the station takes no amperes', () => {
    const watts: SmartChargingCapability = { ...TENTHS, units: ['W'] };
    const one = made(synthesise(lease(16, 0), watts, OPTIONS));
    expect([one.unit, one.periods[0]?.limit]).toEqual(['W', 3312]);
    const three = made(synthesise(lease(16, 0), watts, { ...OPTIONS, phaseCount: 3 }));
    expect(three.periods[0]?.limit).toBe(9936);
  });

  test('writes numberPhases only when told', () => {
    const told = made(synthesise(lease(16, 0), TENTHS, { ...OPTIONS, numberPhases: 3 }));
    expect(told.periods.map(({ numberPhases }) => numberPhases)).toEqual([3, 3]);
    const silent = made(synthesise(lease(16, 0), TENTHS, OPTIONS));
    expect(silent.periods.every((period) => !('numberPhases' in period))).toBe(true);
  });

  test.each([
    ['boundary-whole-second', lease(16, 0, { boundaryAtMs: BOUNDARY_MS + 1 }), TENTHS],
    ['boundary-ahead', lease(16, 0, { boundaryAtMs: 1_750_000_000_000 }), TENTHS],
    ['evse-number', lease(16, 0, { evseNumber: 0 }), TENTHS],
    ['evse-number', lease(16, 0, { evseNumber: 1000 }), TENTHS],
    ['transaction-id-length', lease(16, 0, { transactionId: '' }), TENTHS],
    ['limit-not-negative', lease(-1, 0), TENTHS],
    ['periods-max', lease(16, 0), { ...TENTHS, periodsMax: 1 }],
    ['unit-supported', lease(16, 0), { ...TENTHS, units: [] }],
    ['step-positive', lease(16, 0), { ...TENTHS, stepA: 0 }],
    ['stack-level-supported', lease(16, 0), { ...TENTHS, stackLevelMax: -1 }],
  ] as const)('names %s when the grant cannot be written', (rule, grant, capability) => {
    const answer = synthesise(grant, capability, OPTIONS);
    expect(Array.isArray(answer) ? answer.map((each) => each.rule) : answer).toEqual([rule]);
  });

  test('allows a station of one period as long as tail and grant are equal', () => {
    const onePeriod = { ...TENTHS, periodsMax: 1 };
    expect(made(synthesise(lease(6, 6), onePeriod, OPTIONS)).periods).toHaveLength(1);
  });

  test('the fallback is the same profile at every call', () => {
    const grant = { evseNumber: 3, limitA: amps(0) };
    expect(made(synthesiseFallback(grant, TENTHS, OPTIONS))).toEqual({
      id: 1003,
      stackLevel: 0,
      purpose: 'tx-default',
      evseNumber: 3,
      startAtMs: FALLBACK_START_AT_MS,
      unit: 'A',
      periods: [{ startSec: 0, limit: 0 }],
    });
    expect(new Date(FALLBACK_START_AT_MS).toISOString()).toBe('2010-01-02T00:00:00.000Z');
  });

  test('the fallback holds from the first second of a transaction where a start of before 2010 is none', () => {
    const { startAtMs } = made(
      synthesiseFallback({ evseNumber: 1, limitA: amps(0) }, TENTHS, OPTIONS),
    );
    // MicroOcpp: the start of the transaction stands in for a start up to its least time, if that was before now.
    const noStartMs = Date.UTC(2010, 0, 1);
    const txStartMs = Date.UTC(2026, 2, 1, 12);
    const limits = (nowMs: number): boolean => startAtMs > noStartMs || txStartMs < nowMs;
    expect(startAtMs).toBeLessThan(txStartMs);
    expect([limits(txStartMs), limits(txStartMs + 1000)]).toEqual([true, true]);
  });

  test('the composite is the grant before the boundary, the tail after it, and never more', () => {
    fc.assert(
      fc.property(anyCase, ({ grant, capability, options, version }) => {
        const profile = made(synthesise(grant, capability, options));
        const fallback = made(
          synthesiseFallback(
            { evseNumber: grant.evseNumber, limitA: amps(32) },
            capability,
            options,
          ),
        );
        const allowed = (atMs: number) => {
          const request = { evseNumber: grant.evseNumber, fromMs: atMs, toMs: atMs, unit: 'A' };
          const stored = [installedFrom(fallback), installedFrom(profile)];
          const facts = stationAt(options.voltageMinV, options.phaseCount, version, grant);
          const [period] = predictComposite(stored, facts, { ...request, unit: 'A' }).periods;
          return period?.limit ?? Infinity;
        };
        const lateMs = grant.boundaryAtMs + 1e9;
        expectWithin(allowed(options.nowMs), grant.limitA, capability.stepA, profile);
        expectWithin(allowed(grant.boundaryAtMs - 1), grant.limitA, capability.stepA, profile);
        expectWithin(allowed(grant.boundaryAtMs), grant.tailA, capability.stepA, profile);
        expectWithin(allowed(lateMs), grant.tailA, capability.stepA, profile);
      }),
      { seed: 11, numRuns: 1000 },
    );
  });
});

/** Never above, and not further below than one step of the station or 0.1 W. */
function expectWithin(
  givenA: number,
  grantA: number,
  stepA: number,
  profile: ChargingProfile,
): void {
  expect(givenA).toBeLessThanOrEqual(grantA + SAME_LIMIT_A);
  const slackA = profile.unit === 'W' ? 0.1 / 80 : 0;
  expect(givenA).toBeGreaterThan(grantA - stepA - slackA - SAME_LIMIT_A);
}

const anyCase = fc
  .record({
    nowMs: fc.integer({ min: 1_600_000_000_000, max: 2_000_000_000_000 }),
    leaseSec: fc.integer({ min: 1, max: 86_400 }),
    limitA: fc.double({ min: 0, max: 80, noNaN: true }),
    tailA: fc.double({ min: 0, max: 80, noNaN: true }),
    evseNumber: fc.integer({ min: 1, max: 999 }),
    stepA: fc.constantFrom(0.1, 0.5, 1, 2, 8),
    units: fc.constantFrom(['A'], ['W'], ['A', 'W']) as fc.Arbitrary<('A' | 'W')[]>,
    voltageMinV: fc.integer({ min: 100, max: 277 }),
    phaseCount: fc.constantFrom<1 | 2 | 3>(1, 2, 3),
    version: fc.constantFrom('ocpp1.6', 'ocpp2.0.1', 'ocpp2.1') as fc.Arbitrary<
      CompositeStationFacts['version']
    >,
  })
  .map((drawn) => ({
    version: drawn.version,
    grant: {
      evseNumber: drawn.evseNumber,
      transactionId: '17',
      limitA: amps(drawn.limitA),
      tailA: amps(drawn.tailA),
      boundaryAtMs: (Math.floor(drawn.nowMs / 1000) + drawn.leaseSec) * 1000,
    },
    capability: { units: drawn.units, stackLevelMax: 0, periodsMax: 2, stepA: drawn.stepA },
    options: {
      nowMs: drawn.nowMs,
      voltageMinV: volts(drawn.voltageMinV),
      phaseCount: drawn.phaseCount,
    },
  }))
  .filter(({ grant, options }) => grant.boundaryAtMs > options.nowMs + 1);

/** The supply at its lowest voltage, where a watt limit lets the most current flow. */
function stationAt(
  voltageV: number,
  phaseCount: number,
  version: CompositeStationFacts['version'],
  { evseNumber, transactionId }: LeaseGrant,
): CompositeStationFacts {
  return {
    version,
    evseCount: 999,
    transactions: [{ evseNumber, transactionId }],
    assumeTransactions: false,
    defaultLimitA: 1000,
    defaultLimitW: 1_000_000,
    defaultPhaseCount: phaseCount,
    voltageV,
  };
}

function made(answer: ChargingProfile | Violation[]): ChargingProfile {
  if (Array.isArray(answer)) throw new Error(`not synthesised: ${JSON.stringify(answer)}`);
  return answer;
}
