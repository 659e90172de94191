import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  answered,
  booted,
  type EvseLedger,
  expired,
  fallbackShown,
  grant,
  leaseShown,
  planned,
  restarted,
  worstCase,
  worstCaseAt,
} from '../../ledger/index.js';
import { amps } from '../../solver/index.js';
import { circuit, entry, grantEvse, SETTINGS, T0, wye } from './build.js';
import { allowedA, drawA, hold, type ModelStation } from './model-station.js';

/** Longest flight of a call that was never answered (R3). */
const FLIGHT_MS = 300_000;
const TOLERANCE_A = 1e-6;

type Fate =
  | 'accepted'
  | 'applied, answer lost'
  | 'lost'
  | 'rejected after deleting'
  | 'rejected'
  | 'rejected after applying'
  | 'late'
  | 'no answer yet'
  | 'not sent';

/** One turn: time passes, goals change, and every call that leaves meets one of the fates. */
const turn = fc.record({
  passMs: fc.oneof(
    fc.integer({ min: 0, max: 15_000 }),
    fc.integer({ min: 0, max: 400_000 }),
    fc.constantFrom(1000, 2000, 12_000, 22_000),
  ),
  goalsA: fc.array(fc.constantFrom(0, 6, 8, 10, 16, 24, 32), { minLength: 4, maxLength: 4 }),
  fates: fc.array(
    fc.oneof(
      { weight: 5, arbitrary: fc.constant<Fate>('accepted') },
      {
        weight: 4,
        arbitrary: fc.constantFrom<Fate>(
          'applied, answer lost',
          'lost',
          'rejected after deleting',
          'rejected',
          'rejected after applying',
          'late',
          'no answer yet',
          'not sent',
        ),
      },
    ),
    { minLength: 4, maxLength: 4 },
  ),
  events: fc.array(
    fc.constantFrom('late application', 'reboot unseen', 'reboot', 'read back', 'restart', 'none'),
    { minLength: 4, maxLength: 4 },
  ),
  tail: fc.constantFrom(0, 0, 6),
});

const world = fc.record({
  skewFractions: fc.array(fc.constantFrom(-1, -0.5, 0, 0.5, 1), { minLength: 4, maxLength: 4 }),
  rootA: fc.integer({ min: 20, max: 100 }),
  leafA: fc.integer({ min: 16, max: 64 }),
  dropAfterSec: fc.integer({ min: 1, max: 3000 }),
  dropToA: fc.integer({ min: 20, max: 60 }),
  turns: fc.array(turn, { minLength: 5, maxLength: 40 }),
});

type Turn = typeof turn extends fc.Arbitrary<infer T> ? T : never;
type Given = typeof world extends fc.Arbitrary<infer T> ? T : never;

interface World {
  nowMs: number;
  seq: number;
  readonly stations: ModelStation[];
  readonly ledgers: EvseLedger[];
  readonly given: Given;
  /** Known from the start: a tier that falls later. */
  readonly tiers: Parameters<typeof grant>[0]['tiers'];
}

function begin(given: Given): World {
  const tree = (rootA: number): ReturnType<typeof circuit>[] => [
    circuit('root', [wye(rootA)]),
    circuit('left', [wye(given.leafA)], 'root'),
    circuit('right', [wye(given.leafA)], 'root'),
  ];
  const lowA = Math.min(given.rootA, given.dropToA);
  return {
    nowMs: T0,
    seq: 0,
    given,
    stations: given.skewFractions.map((fraction, index) => ({
      skewMs: fraction * SETTINGS.skewSec * 1000,
      settleMs: SETTINGS.settleSec * 1000,
      currentMaxA: 32,
      fallbackIdleA: index === 0 ? 6 : 0,
      ignoresBoundaries: index === 3,
      held: undefined,
      queued: [],
      past: [],
    })),
    ledgers: given.skewFractions.map((_, index) =>
      entry({ fallbackIdleA: amps(index === 0 ? 6 : 0), leaseShown: index !== 3 }),
    ),
    tiers: [
      { fromMs: T0, circuits: tree(given.rootA) },
      { fromMs: T0 + given.dropAfterSec * 1000, circuits: tree(lowA) },
    ],
  };
}

function update(world: World, index: number, change: (entry: EvseLedger) => EvseLedger): void {
  const ledger = world.ledgers[index];
  if (ledger !== undefined) world.ledgers[index] = change(ledger);
}

/** I1 at every breakpoint of the true draw that lies in a stretch of time without events. */
function pass(world: World, toMs: number): void {
  const instants = new Set([world.nowMs, toMs]);
  for (const station of world.stations) {
    const boundaryMs = (station.held?.boundaryAtMs ?? 0) + station.skewMs;
    const edges = [
      boundaryMs,
      boundaryMs + station.settleMs,
      ...station.past.map((p) => p.untilMs),
    ];
    for (const edgeMs of edges) for (const atMs of [edgeMs - 1, edgeMs]) instants.add(atMs);
  }
  for (const atMs of instants) {
    if (atMs < world.nowMs || atMs > toMs) continue;
    world.stations.forEach((station, index) => {
      const ledger = world.ledgers[index];
      if (ledger === undefined) return;
      const worstA = worstCaseAt(ledger, atMs, SETTINGS);
      const trueA = drawA(station, atMs);
      if (trueA > worstA + TOLERANCE_A) {
        throw new Error(`I1: ${index} draws ${trueA} A at ${atMs - T0}, W is ${worstA} A`);
      }
    });
  }
  world.nowMs = toMs;
}

function happen(world: World, index: number, event: string): void {
  const station = world.stations[index];
  if (station === undefined) return;
  const { nowMs } = world;
  station.queued = station.queued.filter(({ untilMs }) => untilMs >= nowMs);
  if (event === 'late application') {
    const next = station.queued.shift();
    if (next !== undefined) hold(station, next.profile, nowMs);
  } else if (event === 'reboot unseen') hold(station, undefined, nowMs);
  else if (event === 'reboot') {
    hold(station, undefined, nowMs);
    update(world, index, booted);
  } else if (event === 'read back') {
    const shown = { fallbackIdleA: amps(station.fallbackIdleA), atMs: nowMs };
    update(world, index, (old) => fallbackShown(old, shown, SETTINGS));
    if (!station.ignoresBoundaries) update(world, index, leaseShown);
  } else if (event === 'restart') update(world, index, restarted);
}

/** What `grant` sends, planned (the ledgers then are returned), then answered as the fates say. */
function act(world: World, { goalsA, fates, tail }: Turn): EvseLedger[] {
  const { nowMs, stations } = world;
  const evses = world.ledgers.map((ledger, index) => {
    const built = grantEvse(`${index}:1`, {
      circuit: index < 2 ? 'left' : 'right',
      goalA: goalsA[index] ?? 0,
    });
    return { ...built, ledger, tailWantedA: amps(tail) };
  });
  const passed = world.tiers.findLastIndex(({ fromMs }) => fromMs <= nowMs);
  const tiers = world.tiers.slice(passed);
  const { grants } = grant({ nowMs, supply: 'wye', tiers, evses, settings: SETTINGS });
  const calls: Call[] = [];
  for (const { evseId, limitA, boundaryAtMs, tailA } of grants) {
    const index = evses.findIndex(({ id }) => id === evseId);
    const station = stations[index];
    if (station === undefined) continue;
    world.seq += 1;
    const profile = { seq: world.seq, grantA: limitA, boundaryAtMs, tailA };
    update(world, index, (old) => planned(old, { ...profile, plannedAtMs: nowMs }));
    calls.push({ index, station, profile, fate: fates[index] ?? 'lost' });
  }
  const afterPlanning = [...world.ledgers];
  for (const call of calls) meet(world, call);
  return afterPlanning;
}

interface Call {
  readonly index: number;
  readonly station: ModelStation;
  readonly profile: ModelStation['queued'][number]['profile'];
  readonly fate: Fate;
}

function meet(world: World, { index, station, profile, fate }: Call): void {
  const { nowMs } = world;
  const answer = (outcome: Parameters<typeof answered>[1]['outcome']): void =>
    update(world, index, (old) =>
      answered(old, { seq: profile.seq, outcome, atMs: nowMs }, SETTINGS),
    );
  switch (fate) {
    case 'accepted':
      hold(station, profile, nowMs);
      return answer('accepted');
    case 'applied, answer lost':
      hold(station, profile, nowMs);
      return answer('timeout');
    case 'lost':
      return answer('timeout');
    case 'rejected after deleting':
      hold(station, undefined, nowMs);
      return answer('rejected');
    case 'rejected after applying':
      hold(station, profile, nowMs);
      return answer('rejected');
    case 'rejected':
      return answer('rejected');
    case 'late':
      station.queued.push({ profile, untilMs: nowMs + FLIGHT_MS });
      return answer('closed');
    case 'no answer yet':
      station.queued.push({ profile, untilMs: nowMs + FLIGHT_MS });
      return undefined;
    case 'not sent':
      return answer('not-sent');
  }
}

/** How far the sums of W are above each node's limit at an instant, A; 0 where they fit. */
function excessA(world: World, ledgers: readonly EvseLedger[], atMs: number): number[] {
  const { rootA, leafA, dropToA, dropAfterSec } = world.given;
  const limitA = atMs < T0 + dropAfterSec * 1000 ? rootA : Math.min(rootA, dropToA);
  const worstA = ledgers.map((ledger) => worstCaseAt(ledger, atMs, SETTINGS));
  const sumA = (from: number, to: number): number =>
    worstA.slice(from, to).reduce((sum, currentA) => sum + currentA, 0);
  const over = [sumA(0, 4) - limitA, sumA(0, 2) - leafA, sumA(2, 4) - leafA];
  return over.map((currentA) => Math.max(0, currentA));
}

/** Every future instant at which a sum or a limit may change. */
function instantsOf(world: World, ledgers: readonly EvseLedger[]): number[] {
  const tiersAtMs = world.tiers.map(({ fromMs }) => Math.max(fromMs, world.nowMs));
  const stepsAtMs = ledgers.flatMap((ledger) =>
    worstCase(ledger, world.nowMs, SETTINGS).map(({ fromMs }) => fromMs),
  );
  return [...tiersAtMs, ...stepsAtMs];
}

/** I2 now and at every later instant, and R5: no command adds to an excess at any instant. */
function actWithin(world: World, turn: Turn, isGuaranteed: boolean): void {
  const before = [...world.ledgers];
  const after = act(world, turn);
  for (const atMs of [...instantsOf(world, before), ...instantsOf(world, after)]) {
    const wasA = excessA(world, before, atMs);
    excessA(world, after, atMs).forEach((isA, node) => {
      const allowedA = isGuaranteed ? 0 : (wasA[node] ?? 0);
      if (isA > allowedA + TOLERANCE_A) throw new Error(`I2 R5: node ${node} at ${atMs - T0}`);
    });
  }
}

function run(given: Given, withBoots: boolean): void {
  const world = begin(given);
  for (const turn of given.turns) {
    pass(world, world.nowMs + turn.passMs);
    turn.events.forEach((event, index) => {
      if (withBoots || (event !== 'reboot' && event !== 'restart')) happen(world, index, event);
    });
    world.ledgers.forEach((_, index) => {
      update(world, index, (old) => expired(old, world.nowMs, SETTINGS));
    });
    actWithin(world, turn, !withBoots);
    pass(world, world.nowMs);
  }
  expect(world.stations.every((station) => allowedA(station, world.nowMs) <= 32)).toBe(true);
}

const runs = { numRuns: Number(process.env['LEDGER_RUNS'] ?? 800), seed: 20_260_301 };

test('I1 I2 hold on a small tree under loss, delay, late application and unseen reboots', () => {
  fc.assert(
    fc.property(world, (given) => run(given, false)),
    runs,
  );
}, 120_000);

test('I1 holds and no command lifts a sum above a limit under seen reboots and our restarts', () => {
  fc.assert(
    fc.property(world, (given) => run(given, true)),
    runs,
  );
}, 120_000);
