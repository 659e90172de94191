import { afterEach, expect, test, vi } from 'vitest';
import { type FaultKind, noFaultCounts } from '../../simulator/faults.js';
import { createStationFaults } from '../../simulator/station/station-faults.js';

afterEach(() => {
  vi.useRealTimers();
});

function faults(
  kinds: readonly FaultKind[],
  lossFraction = 0,
  seed = 1,
  version: 'ocpp1.6' | 'ocpp2.0.1' = 'ocpp1.6',
  speed = 20,
) {
  const counts = noFaultCounts();
  const plan = { faults: kinds.map((kind) => ({ kind, stationId: 'CP01' })), lossFraction };
  const place = { version, evseNumbers: [1, 2], units: ['W', 'A'], stackLevelMax: 8 } as const;
  const options = { plan, stationId: 'CP01', seed, counts, place, speed };
  return { counts, made: createStationFaults(options) };
}

/** What happens to a station within ten minutes. */
function happenings(kinds: readonly FaultKind[], lossFraction = 0): readonly string[] {
  vi.useFakeTimers();
  const seen: string[] = [];
  const { made } = faults(kinds, lossFraction);
  made.begin({
    breakLink: (pauseMs) => seen.push(Number.isFinite(pauseMs) ? 'break' : 'vanish'),
    reboot: (transactions) => seen.push(`reboot ${transactions}`),
    isLimited: () => true,
  });
  vi.advanceTimersByTime(600_000);
  made.end();
  const count = seen.length;
  vi.advanceTimersByTime(600_000);
  expect(seen).toHaveLength(count);
  return seen;
}

test('frames are lost at the rate asked for, in each direction, the same for the same seed', () => {
  const losses = (seed: number): readonly boolean[] => {
    const { made } = faults([], 0.2, seed);
    made.begin({ breakLink: vi.fn(), reboot: vi.fn(), isLimited: () => false });
    const { isLost } = made.transport;
    const lost = Array.from({ length: 4000 }, (_, index) =>
      Boolean(isLost?.(index % 2 === 0 ? 'in' : 'out')),
    );
    made.end();
    return lost;
  };
  const first = losses(1);
  expect(first.filter(Boolean).length / first.length).toBeCloseTo(0.2, 1);
  expect(losses(1)).toEqual(first);
  expect(losses(2)).not.toEqual(first);
});

test('what is lost is counted by direction, and nothing is lost before the faults begin', () => {
  const { counts, made } = faults([], 0.5);
  const { isLost } = made.transport;
  for (let frame = 0; frame < 100; frame += 1) isLost?.('in');
  expect(counts).toEqual(noFaultCounts());
  made.begin({ breakLink: vi.fn(), reboot: vi.fn(), isLimited: () => false });
  for (let frame = 0; frame < 100; frame += 1) isLost?.('in');
  made.end();
  expect(counts.framesLostIn).toBeGreaterThan(25);
  expect(counts.framesLostOut).toBe(0);
});

test('each kind does what it is called, again and again, and ends with the run', () => {
  const drops = happenings(['drop']);
  expect(new Set(drops)).toEqual(new Set(['break']));
  expect(drops.length).toBeGreaterThan(10);
  expect(new Set(happenings(['reboot']))).toEqual(new Set(['reboot end']));
  expect(new Set(happenings(['amnesia']))).toEqual(new Set(['reboot go-on']));
  expect(happenings(['offline'])).toEqual(['vanish']);
  expect(new Set(happenings([], 0.2))).toEqual(new Set(['break']));
  expect(happenings(['liar'])).toEqual([]);
});

test('links that break beside lost frames do so by the time of the site', () => {
  const breaksOf = (speed: number, realMs: number): readonly number[] => {
    vi.useFakeTimers();
    const pausesMs: number[] = [];
    const { made } = faults([], 0.2, 1, 'ocpp1.6', speed);
    const breakLink = (pauseMs: number): void => void pausesMs.push(Math.round(pauseMs * speed));
    made.begin({ breakLink, reboot: vi.fn(), isLimited: () => false });
    vi.advanceTimersByTime(realMs);
    made.end();
    return pausesMs;
  };
  const quick = breaksOf(20, 3_600_000);
  expect(quick.length).toBeGreaterThan(10);
  expect(Math.max(...quick)).toBeLessThanOrEqual(160_000);
  expect(breaksOf(5, 4 * 3_600_000)).toEqual(quick);
});

test('a default of another system stands where that protocol has it, at the highest level', () => {
  const foreign = (version: 'ocpp1.6' | 'ocpp2.0.1') =>
    faults(['foreign'], 0, 1, version).made.store.installed?.map((it) => [
      it.evseNumber,
      it.stackLevel,
      it.unit,
    ]);
  expect(foreign('ocpp1.6')).toEqual([
    [1, 8, 'W'],
    [2, 8, 'W'],
  ]);
  expect(foreign('ocpp2.0.1')).toEqual([[0, 8, 'W']]);
  expect(faults([]).made.store.installed).toBeUndefined();
});

test('a third of limits is refused and of messages repeated, once the faults begin', () => {
  const { made } = faults(['rejects', 'repeats']);
  const counted = (): readonly number[] => {
    const all = Array.from({ length: 900 }, () => [
      made.store.deletesWithRefusal?.() === true,
      made.repeats('TransactionEvent'),
    ]);
    return [0, 1].map((index) => all.filter((it) => it[index]).length / all.length);
  };
  expect(counted()).toEqual([0, 0]);
  made.begin({ breakLink: vi.fn(), reboot: vi.fn(), isLimited: () => false });
  for (const fraction of counted()) expect(fraction).toBeCloseTo(1 / 3, 1);
  expect(made.repeats('Heartbeat')).toBe(false);
  expect(faults([]).made.repeats('TransactionEvent')).toBe(false);
  made.end();
});

test('a station without faults has an undisturbed transport', () => {
  const { made } = faults([]);
  expect(made.transport).toEqual({});
  expect(faults(['late']).made.transport.lateMs?.()).toBe(0);
});
