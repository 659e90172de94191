/** Goals beside what a call without an answer may still give (SAFETY R3). */
import { describe, expect, test } from 'vitest';
import {
  amps,
  circuitId,
  type Claim,
  createAllocator,
  evseId,
  type EvseLimit,
  pilotAtMost,
  sessionId,
  type SiteProblem,
  volts,
  watts,
} from '../../solver/index.js';
import { inForce, irrevocableAt, worstCaseAt } from '../../ledger/index.js';
import { goalsBeside } from '../../src/control/irrevocable.js';
import type { EvseState } from '../../src/control/state.js';
import { PILOTS_DEFAULT } from '../../src/sites/defaults.js';
import type { Site, SiteEvse } from '../../src/sites/site.js';
import { initialState } from '../../src/control/initial-state.js';
import { feed, openScript, type Script, wait } from './ideal-station.js';
import { eachPhase, GRID, smallSite, START_MS } from './small-site.js';
import { voiceOf } from './station-events.js';

const MINUTE_MS = 60_000;

function stateOf({ state }: Script, id: string): EvseState {
  const found = state.evses.get(evseId(id));
  if (found === undefined) throw new Error(`${id} is there`);
  return found;
}

/** S1 charges alone, with what one of its calls left without an answer beside it. */
function aloneWithUnknown(): Script {
  const script = openScript(
    initialState(smallSite({ stations: 2, limitA: 40 }), 1, START_MS),
    START_MS,
  );
  const s1 = voiceOf('S1', script);
  const s2 = voiceOf('S2', script);
  feed(script, s1.connected(), s1.booted(), s2.connected(), s2.booted());
  wait(script, MINUTE_MS);
  let lost = 0;
  script.reply = ({ purpose, stationId }) => {
    if (purpose !== 'grant' || stationId !== 'S1' || lost > 0) return undefined;
    lost += 1;
    return { status: 'timeout' };
  };
  feed(script, s1.started('1'));
  wait(script, MINUTE_MS);
  feed(script, s2.started('2'));
  return script;
}

describe('what nobody can take back', () => {
  test('stays with the vehicle that may have it, and the other gets what is left at once', () => {
    const script = aloneWithUnknown();
    const one = stateOf(script, 'S1:1');
    const { settings } = script.state.site;
    const reservedA = irrevocableAt(one.ledger, script.nowMs, settings)?.currentA ?? 0;
    expect(reservedA).toBeGreaterThan(0);
    wait(script, MINUTE_MS);
    const [first, second] = [stateOf(script, 'S1:1'), stateOf(script, 'S2:1')];
    expect(first.decision?.boundBy).toEqual({ kind: 'irrevocable', reservedA });
    expect(inForce(first.ledger, script.nowMs)).toBe(reservedA);
    const worstA = worstCaseAt(first.ledger, script.nowMs, settings);
    expect(worstA).toBe(reservedA);
    expect(second.decision?.goalA).toBe(inForce(second.ledger, script.nowMs));
    wait(script, 10 * MINUTE_MS);
    expect(stateOf(script, 'S1:1').decision?.boundBy.kind).not.toBe('irrevocable');
    const [a, b] = ['S1:1', 'S2:1'].map((id) => inForce(stateOf(script, id).ledger, script.nowMs));
    expect(Math.abs((a ?? 0) - (b ?? 0))).toBeLessThanOrEqual(1);
  });

  test('is told again whole, although less of it is in force', () => {
    const script = openScript(
      initialState(smallSite({ stations: 2, limitA: 40 }), 1, START_MS),
      START_MS,
    );
    const [s1, s2] = ['S1', 'S2'].map((id) => voiceOf(id, script));
    if (s1 === undefined || s2 === undefined) throw new Error('two stations');
    feed(script, s1.connected(), s1.booted(), s2.connected(), s2.booted());
    wait(script, MINUTE_MS);
    feed(script, s1.started('1'), s2.started('2'));
    wait(script, 5 * MINUTE_MS);
    const fromA = inForce(stateOf(script, 'S1:1').ledger, script.nowMs);
    let lost = 0;
    script.reply = ({ purpose, stationId }) => {
      if (purpose !== 'grant' || stationId !== 'S1' || lost > 0) return undefined;
      lost += 1;
      return { status: 'timeout' };
    };
    feed(script, s2.ended('2'));
    wait(script, MINUTE_MS / 2);
    const { settings } = script.state.site;
    const wholeA = irrevocableAt(stateOf(script, 'S1:1').ledger, script.nowMs, settings)?.currentA;
    expect(lost).toBe(1);
    expect(wholeA).toBeGreaterThan(fromA);
    feed(script, s2.started('3'));
    wait(script, MINUTE_MS);
    const now = stateOf(script, 'S1:1');
    expect(now.decision?.boundBy.kind).toBe('irrevocable');
    expect(inForce(now.ledger, script.nowMs)).toBe(wholeA);
  });

  const site = smallSite();
  const [FIRST] = site.evses;
  if (FIRST === undefined) throw new Error('one EVSE');
  /** The second one takes 20 A or nothing, and comes first. */
  const TWO = [
    { ...FIRST, pilots: PILOTS_DEFAULT },
    { ...FIRST, id: evseId('S1:2'), pilots: { kind: 'set', valuesA: [amps(20)] } as const },
  ] as const;
  const problem = (evses: readonly SiteEvse[] = site.evses, claim?: Claim): SiteProblem => ({
    nowMs: START_MS,
    supply: site.supply,
    voltageLineToNeutralV: site.voltageLineToNeutralV,
    voltageLineToLineV: site.voltageLineToLineV,
    circuits: site.circuits.map((it) => ({ ...it, baseLoadA: it.baseLoadMaxA })),
    evses: evses.map((it) => ({ ...it, claim, reservedA: amps(0) })),
    storage: [],
    pv: [],
    load: [],
    allocator: site.settings.allocator,
  });
  const CLAIM: Claim = {
    sessionId: sessionId('one'),
    currentMinA: amps(6),
    currentMaxA: amps(32),
    pluggedInAtMs: START_MS,
    lastLimitA: amps(0),
    sinceMs: START_MS,
    priority: 1,
    satisfied: false,
  };
  /** The last one first: its largest value that is left beside what is reserved. */
  const fromTheLast = ({ evses }: SiteProblem, limitA: number): readonly EvseLimit[] => {
    let leftA = evses.reduce((sumA, it) => sumA - it.reservedA, limitA);
    const limits = evses.toReversed().map(({ id, claim, pilots, currentMaxA }): EvseLimit => {
      const ownA = claim === undefined ? 0 : pilotAtMost(pilots, Math.min(leftA, currentMaxA));
      leftA -= ownA;
      return { evseId: id, limitA: amps(ownA), boundBy: { kind: 'no-session' } };
    });
    return limits.toReversed();
  };
  /** Everybody has as much, as far as nothing is reserved. */
  const equal = ({ evses }: SiteProblem): readonly EvseLimit[] =>
    evses.map(({ id, reservedA }) => ({
      evseId: id,
      limitA: amps(reservedA > 0 ? 0 : 8),
      boundBy: { kind: 'no-session' },
    }));

  test('changes nothing for who gets more anyway', () => {
    const [first] = site.evses;
    const reserved = new Map([
      [first?.id ?? evseId(''), { kind: 'irrevocable' as const, currentA: 8, usableA: 8 }],
    ]);
    expect(goalsBeside(reserved, problem(), equal)).toEqual(equal(problem()));
    expect(goalsBeside(new Map(), problem(), equal)).toEqual(equal(problem()));
  });

  test('is left to nobody without a claim, and the order is kept', () => {
    const [first] = site.evses;
    const reserved = new Map([
      [first?.id ?? evseId(''), { kind: 'irrevocable' as const, currentA: 20, usableA: 20 }],
    ]);
    const limits = goalsBeside(reserved, problem(), equal);
    expect(limits.map((it) => it.evseId)).toEqual(site.evses.map((it) => it.id));
    expect(limits[0]?.limitA).toBe(8);
  });

  test('is no room for another who gets it in the first round alone', () => {
    const [one, two] = TWO;
    const kept = { kind: 'fallback' as const, currentA: 8, usableA: 8 };
    const reserved = new Map([one, two].map((it) => [it.id, kept]));
    const limits = goalsBeside(reserved, problem(TWO, CLAIM), (it) => fromTheLast(it, 24));
    expect(limits.map((it) => it.limitA)).toEqual([16, 0]);
  });

  test('is nothing of F0 where a limit has no room for all of it', () => {
    const kept = { kind: 'fallback' as const, currentA: 40, usableA: 40 };
    const reserved = new Map(TWO.map((it) => [it.id, kept]));
    const solve = (it: SiteProblem) => fromTheLast(it, 24);
    expect(goalsBeside(reserved, problem(TWO, CLAIM), solve)).toEqual(solve(problem(TWO, CLAIM)));
  });

  test('is no import where nobody draws it: a cap of price leaves as much to the others', () => {
    const kept = { kind: 'fallback' as const, currentA: 8, usableA: 8 };
    const reserved = new Map([[FIRST.id, kept]]);
    const capped = problem(TWO, CLAIM);
    const [paused, other] = capped.evses;
    const [root] = capped.circuits;
    if (paused === undefined || other === undefined || root === undefined) throw new Error('two');
    const claim = { ...CLAIM, targetA: amps(0), targetIsMax: true };
    const limit = {
      kind: 'power' as const,
      limitW: watts(20 * 3 * 230),
      voltageV: volts(230),
      source: { kind: 'price' as const },
    };
    const limits = goalsBeside(
      reserved,
      {
        ...capped,
        circuits: [{ ...root, limits: [...root.limits, limit] }],
        evses: [{ ...paused, claim }, other],
      },
      (it) => createAllocator()(it).limits,
    );
    expect(limits.map((it) => it.limitA)).toEqual([0, 20]);
  });
});

describe('F0 above 0 A', () => {
  const MINIMA = { kind: 'set', valuesA: [amps(20)] } as const;

  /** S3 takes 20 A or nothing. */
  function three(limitA: number, circuits: readonly Site['circuits'][number][] = []): Script {
    const settings = { fallbackIdleA: amps(8) };
    const site = smallSite({ stations: 4, limitA, untested: ['S4'], settings });
    const evses = site.evses.flatMap((it, at) => {
      if (at === 2) return { ...it, pilots: MINIMA };
      return at < 3 ? it : circuits.map(({ id }) => ({ ...it, circuitId: id }));
    });
    const made = { ...site, evses, circuits: [...site.circuits, ...circuits] };
    const script = openScript(initialState(made, 1, START_MS), START_MS);
    const voices = ['S1', 'S2', 'S3'].map((id) => voiceOf(id, script));
    for (const it of voices) feed(script, it.connected(), it.booted());
    wait(script, MINUTE_MS);
    for (const [at, it] of voices.entries()) feed(script, it.started(String(at)));
    return script;
  }
  const limits = (script: Script): number[] =>
    ['S1:1', 'S2:1', 'S3:1'].map((id) => inForce(stateOf(script, id).ledger, script.nowMs));

  test('is never cut for another who cannot have it', () => {
    const script = three(30);
    wait(script, 2 * MINUTE_MS);
    for (let minute = 0; minute < 60; minute += 1) {
      wait(script, MINUTE_MS);
      const [a = 0, b = 0, c] = limits(script);
      expect(a + b).toBe(22);
      expect(Math.min(a, b)).toBeGreaterThanOrEqual(8);
      expect(c).toBe(0);
    }
  });

  test('is left to those above and beside a circuit that cannot carry its own reserve', () => {
    const limitA = eachPhase(amps(20));
    const script = three(30 + 32, [
      {
        id: circuitId('over'),
        parentId: GRID,
        name: 'Over',
        limits: [{ kind: 'wye', limitA, source: { kind: 'rating' } }],
        baseLoadMaxA: eachPhase(amps(0)),
      },
    ]);
    for (let minute = 0; minute < 60; minute += 1) {
      wait(script, MINUTE_MS);
      if (minute < 2) continue;
      const [a = 0, b = 0, c] = limits(script);
      expect([a + b, c]).toEqual([22, 0]);
      expect(Math.min(a, b)).toBeGreaterThanOrEqual(8);
    }
    expect(script.state.control.notGuaranteed.map((it) => it.circuitId)).toEqual(['over']);
  });

  test('is used beside one who takes all the rest', () => {
    const script = three(36);
    const had = new Set<number>();
    for (let minute = 0; minute < 60; minute += 1) {
      wait(script, MINUTE_MS);
      if (minute < 5) continue;
      const [a = 0, b = 0, c = 0] = limits(script);
      expect(Math.min(a, b)).toBeGreaterThanOrEqual(8);
      expect(a + b + c).toBeLessThanOrEqual(36);
      had.add(c);
    }
    expect([...had].sort((a, b) => a - b)).toEqual([20]);
  });
});
