import { expect, test } from 'vitest';
import type { Triple } from '../../simulator/site-file.js';
import { Evse, type EvseDeps } from '../../simulator/station/evse.js';
import type { Profile } from '../../simulator/station/profile.js';
import { traitsOf } from '../../simulator/station/traits.js';

const WYE = { supply: 'wye', voltageLineToNeutralV: 230, voltageLineToLineV: 400 } as const;

const LEASE: Profile = {
  id: 1,
  evseNumber: 1,
  purpose: 'tx',
  stackLevel: 0,
  kind: 'absolute',
  transactionId: 'a',
  startAtMs: 0,
  unit: 'A',
  periods: [
    { startSec: 0, limit: 10.7 },
    { startSec: 900, limit: 0 },
  ],
  receivedAtMs: 0,
};

function evse(fields: { readonly rotation?: Triple<number> } & Partial<EvseDeps> = {}) {
  const steps: (readonly [number, Triple<number>])[] = [];
  const made = new Evse(
    {
      evseNumber: 1,
      circuitId: 'c',
      channels: [true, true, true],
      ...(fields.rotation === undefined ? {} : { rotation: fields.rotation }),
      currentMaxA: 32,
      pilots: { kind: 'continuous', minA: 6, stepA: 1 },
    },
    {
      site: fields.site ?? WYE,
      traits: fields.traits ?? traitsOf(0, undefined),
      profiles: fields.profiles ?? (() => [LEASE]),
      ...(fields.linkLost === undefined ? {} : { linkLost: fields.linkLost }),
      onStep: (atMs, currentsA) => steps.push([atMs, currentsA]),
    },
  );
  return { made, steps };
}

const session = (phases: number) => ({
  sessionId: 's',
  stationId: 'S',
  evseNumber: 1,
  arrivalAtMs: 0,
  departureAtMs: 86_400_000,
  energyWh: 1e6,
  phases,
});

const transaction = () => ({
  id: 'a',
  localId: 1,
  startedAtMs: 0,
  meterStartWh: 0,
  idToken: 'T',
  nextSeqNo: 0,
});

test('a lease ends at its boundary even if nobody looks until an hour later', () => {
  const { made, steps } = evse();
  made.plug(session(3), 0, () => 0);
  made.begin(transaction());
  made.advanceTo(3_600_000);
  expect(steps).toEqual([
    [0, [10, 10, 10]],
    [900_000, [0, 0, 0]],
  ]);
  expect(made.sample(3_600_000).registerWh).toBeCloseTo((10 * 690 * 900) / 3600, 9);
  expect(made.state()).toBe('suspended-evse');
});

test('a single-phase vehicle loads the site phase to which L1 is wired', () => {
  const { made, steps } = evse({ rotation: [1, 2, 0] });
  made.plug(session(1), 0, () => 0);
  made.begin(transaction());
  made.advanceTo(1000);
  expect(steps).toEqual([[0, [0, 10, 0]]]);
  expect(made.sample(1000).currentsA).toEqual([10, 0, 0]);
});

test('the register goes on counting over visits, and nothing is drawn between them', () => {
  const { made } = evse();
  made.plug(session(3), 0, () => 0);
  made.begin(transaction());
  made.unplug(360_000);
  const firstWh = made.sample(360_000).registerWh;
  expect(firstWh).toBeCloseTo(690, 9);
  expect(made.state()).toBe('available');
  made.plug(session(3), 400_000, () => 0);
  made.advanceTo(500_000);
  expect(made.state()).toBe('preparing');
  expect(made.sample(500_000).registerWh).toBe(firstWh);
});

test('2.1: what it holds for so long without a link lapses at that instant', () => {
  const lapsing: Profile = { ...LEASE, offline: { validSec: 120, endsForGood: true } };
  const fallback: Profile = {
    id: 2,
    evseNumber: 1,
    purpose: 'tx-default',
    stackLevel: 0,
    kind: 'absolute',
    startAtMs: 0,
    unit: 'A',
    periods: [{ startSec: 0, limit: 6 }],
    receivedAtMs: 0,
  };
  let lost: { readonly fromMs: number } | undefined;
  const { made, steps } = evse({ profiles: () => [lapsing, fallback], linkLost: () => lost });
  made.plug(session(3), 0, () => 0.5);
  made.begin(transaction());
  made.advanceTo(60_000);
  lost = { fromMs: 60_000 };
  made.refresh(60_000);
  made.advanceTo(179_000);
  expect(steps.at(-1)?.[1]).toEqual([10, 10, 10]);
  made.advanceTo(200_000);
  expect(steps.at(-1)?.[1]).toEqual([6, 6, 6]);
});

const FOR_ONE: Profile = {
  ...LEASE,
  periods: [
    { startSec: 0, limit: 10, numberPhases: 1, phaseToUse: 3 },
    { startSec: 600, limit: 10, numberPhases: 3 },
  ],
};

test.each([
  ['ocpp1.6', 'its first phase', [0, 10, 0], [10, 0, 0]],
  ['ocpp2.0.1', 'the phase that is named', [10, 0, 0], [0, 0, 10]],
] as const)(
  'a station of %s that switches closes %s alone, and then all',
  (version, _what, onSite, own) => {
    const traits = traitsOf(0, version, { switchesPhases: true });
    const { made, steps } = evse({ rotation: [1, 2, 0], traits, profiles: () => [FOR_ONE] });
    made.plug(session(3), 0, () => 0);
    made.begin(transaction());
    made.advanceTo(1000);
    expect(made.sample(1000)).toMatchObject({ currentsA: own, powerW: 2300 });
    made.advanceTo(1_200_000);
    expect(steps).toEqual([
      [0, onSite],
      [600_000, [10, 10, 10]],
    ]);
    // Ten minutes on one phase, ten on three.
    expect(made.sample(1_200_000).registerWh).toBeCloseTo((10 * 230 * 600 * 4) / 3600, 9);
  },
);

test('a station that does not switch takes no notice of a number of phases', () => {
  const { made, steps } = evse({ profiles: () => [FOR_ONE] });
  made.plug(session(3), 0, () => 0);
  made.begin(transaction());
  made.advanceTo(1000);
  expect(steps).toEqual([[0, [10, 10, 10]]]);
});
