/** R9 where a station reports power or its energy register alone, or draws too much now and then. */
import { describe, expect, test } from 'vitest';
import { evseId } from '../../solver/index.js';
import { worstCaseAt } from '../../ledger/index.js';
import type { MeterSample } from '../../src/ocpp/messages.js';
import { charging, state, type World } from './charging-vehicle.js';
import { feed, wait } from './ideal-station.js';
import { smallSite } from './small-site.js';
import { voiceOf } from './station-events.js';

const MINUTE_MS = 60_000;
/** 13 A on three phases at the lowest, the nominal and the highest voltage. */
const HONEST_W = [13 * 3 * 207, 13 * 3 * 230, 13 * 3 * 253];

function worstA(world: World): number {
  const { script } = world;
  return worstCaseAt(state(world).ledger, script.nowMs, script.state.site.settings);
}

function alarms({ script }: World): readonly string[] {
  return script.effects.flatMap((it) => (it.type === 'alarm' ? [it.code] : []));
}

function says(world: World, samples: readonly MeterSample[]): void {
  feed(world.script, world.s1.sampled(samples, { transactionId: '1' }));
}

function reads(world: World, sample: Omit<MeterSample, 'atMs'>, everyMs = 10_000): void {
  wait(world.script, everyMs);
  says(world, [{ ...sample, atMs: world.script.nowMs }]);
}

interface Register {
  readonly stepWh?: number;
  readonly everyMs?: number;
  /** The station's clock beside ours. */
  readonly offMs?: number;
  readonly startWh?: number;
}

/** A register that rises by `powerW`, told so often. */
function meters(world: World, powerW: number, times: number, options: Register = {}): void {
  const { stepWh = 1, everyMs = 10_000, offMs = 0, startWh = 12_345.6 } = options;
  for (let index = 0; index <= times; index += 1) {
    wait(world.script, everyMs);
    const energyWh = startWh + (powerW * index * everyMs) / 3_600_000;
    const shownWh = Math.floor(energyWh / stepWh) * stepWh;
    says(world, [{ atMs: world.script.nowMs + offMs, energyWh: shownWh }]);
  }
}

describe('R9 by power alone', () => {
  test('finds who draws twice the power, on whatever phases', () => {
    const world = charging();
    for (let index = 0; index < 3; index += 1) reads(world, { powerW: 22_000 });
    expect(state(world).ledger).toMatchObject({ distrusted: true });
    expect(state(world).ledger.measuredMaxA).toBeCloseTo(22_000 / 759, 6);
    expect(alarms(world)).toEqual(['distrusted']);
  });

  test.each(HONEST_W)('bears %i W, whatever the voltage is', (powerW) => {
    const world = charging();
    for (let index = 0; index < 30; index += 1) reads(world, { powerW: powerW * 1.02 });
    expect(state(world)).toMatchObject({ overdraw: undefined });
    expect(state(world).ledger.distrusted).toBe(false);
  });

  test('does not clear who was measured to draw too much', () => {
    const world = charging();
    const alternately = [{ currentA: [16, 16, 16] as const }, { powerW: 9000 }];
    for (let index = 0; index < 4; index += 1) reads(world, alternately[index % 2] ?? {});
    expect(state(world).ledger.distrusted).toBe(true);
  });

  test('a vehicle is known to take less once all of its power on one phase is less', () => {
    const world = charging(smallSite());
    for (let index = 0; index < 12; index += 1) reads(world, { powerW: 2070 });
    const session = () => [...world.script.state.sessions.values()].at(-1);
    expect(session()?.vehicle.currentMaxA).toBe(11);
    for (let index = 0; index < 12; index += 1) reads(world, { powerW: 11_000 });
    expect(session()?.vehicle.currentMaxA).toBeUndefined();
  });
});

describe('R9 by the energy register alone', () => {
  test.each([1, 10, 100])('finds who draws twice the power, with a register of %i Wh', (stepWh) => {
    const world = charging();
    meters(world, 22_000, 12, { stepWh });
    expect(state(world).ledger.distrusted).toBe(true);
    expect(alarms(world)).toEqual(['distrusted']);
    const { measuredMaxA = 0 } = state(world).ledger;
    expect(measuredMaxA).toBeGreaterThan(13);
    expect(measuredMaxA).toBeLessThanOrEqual(22_000 / 759);
  });

  test.each(
    HONEST_W.flatMap((powerW) =>
      [1, 10, 100].flatMap((stepWh) =>
        [0, -40_000, 7000, 900_000].map((offMs) => ({ powerW, stepWh, offMs })),
      ),
    ),
  )('bears $powerW W in steps of $stepWh Wh by a clock $offMs ms off', (given) => {
    const world = charging();
    meters(world, given.powerW * 1.02, 60, given);
    expect(state(world).ledger.distrusted).toBe(false);
  });

  test.each([0, 5000, 900_000])(
    'samples that arrive late accuse nobody (clock %i ms off)',
    (offMs) => {
      const world = charging();
      const { script } = world;
      meters(world, 9000, 6, { offMs, startWh: 1000 });
      const fromMs = script.nowMs;
      wait(script, 70_000);
      for (let index = 1; index <= 7; index += 1) {
        const atMs = fromMs + index * 10_000 + offMs;
        script.nowMs += 1;
        says(world, [{ atMs, energyWh: 1150 + Math.floor(25 * index) }]);
      }
      meters(world, 9000, 12, { offMs, startWh: 1350 });
      expect(state(world).ledger.distrusted).toBe(false);
    },
  );

  test('a sample that was late by a clock that was ahead accuses nobody', () => {
    const world = charging();
    const { script } = world;
    const fromMs = script.nowMs;
    const energyNow = (): number => Math.floor(((script.nowMs - fromMs) * 9000) / 3_600_000);
    for (let index = 0; index < 6; index += 1) {
      wait(script, 10_000);
      says(world, [{ atMs: script.nowMs + 60_000, energyWh: energyNow() }]);
    }
    wait(script, 10_000);
    const late = { atMs: script.nowMs + 60_000, energyWh: energyNow() };
    wait(script, 64_000);
    says(world, [late]);
    for (let index = 0; index < 12; index += 1) {
      wait(script, 10_000);
      says(world, [{ atMs: script.nowMs, energyWh: energyNow() }]);
    }
    expect(state(world).ledger.distrusted).toBe(false);
  });

  test('a sample that waited, and a clock that was set right before the next, accuse nobody', () => {
    const world = charging(smallSite());
    const { script } = world;
    const fromMs = script.nowMs;
    const read = (offMs: number): MeterSample => ({
      atMs: script.nowMs + offMs,
      energyWh: Math.floor(((script.nowMs - fromMs) * 32 * 3 * 253) / 3_600_000),
    });
    for (let index = 0; index < 4; index += 1) {
      wait(script, MINUTE_MS);
      says(world, [read(9000)]);
    }
    wait(script, MINUTE_MS);
    const waited = read(9000);
    wait(script, 45_000);
    says(world, [waited]);
    wait(script, 15_000);
    for (let index = 0; index < 6; index += 1) {
      says(world, [read(0)]);
      wait(script, MINUTE_MS);
    }
    expect(state(world).ledger.distrusted).toBe(false);
  });

  test('a clock that is set back, a register that jumps or begins anew accuse nobody', () => {
    const world = charging();
    meters(world, 9000, 6, { startWh: 0 });
    meters(world, 9000, 6, { startWh: 900_000, offMs: -30_000 });
    meters(world, 9000, 12, { startWh: 900_200, offMs: -80_000 });
    meters(world, 9000, 12, { startWh: 5, offMs: 0 });
    meters(world, 9000, 12, { startWh: 900_000, stepWh: 100 });
    expect(state(world).ledger.distrusted).toBe(false);
  });

  test('a vehicle that follows a cut in its settle time is not accused of what it drew before', () => {
    const world = charging(smallSite());
    const { script } = world;
    let energyWh = 0;
    for (let index = 0; index < 40; index += 1) {
      if (index === 20) {
        const site = { ...script.state.site, importLimitW: 10_000 as never, version: 2 };
        feed(script, { type: 'site.edited', site, actor: 'ada' });
      }
      const drawnA = index < 21 ? 32 : 13;
      energyWh += (drawnA * 3 * 253) / 360;
      reads(world, { energyWh: Math.floor(energyWh) });
    }
    expect(state(world).decision?.limitA).toBe(13);
    expect(state(world).ledger.distrusted).toBe(false);
    for (let index = 0; index < 12; index += 1) {
      energyWh += (32 * 3 * 253) / 360;
      reads(world, { energyWh: Math.floor(energyWh) });
    }
    expect(state(world).ledger.distrusted).toBe(true);
  });

  test('a gap in which the ledger cannot tell what was allowed counts at the hardware maximum', () => {
    const world = charging();
    meters(world, 31 * 3 * 230, 6, { everyMs: 300_000 });
    expect(state(world).ledger.distrusted).toBe(false);
    meters(world, 50 * 3 * 230, 6, { everyMs: 300_000, startWh: 50_000 });
    expect(state(world).ledger.distrusted).toBe(true);
    expect(worstA(world)).toBeGreaterThan(40);
  });
});

describe('R9 over several readings', () => {
  test('finds who draws too much in every other sample', () => {
    const world = charging();
    for (let index = 0; index < 10; index += 1) {
      const drawnA = index % 2 === 0 ? 30 : 13;
      reads(world, { currentA: [drawnA, 13, 13] }, 9000);
    }
    expect(state(world).ledger).toMatchObject({ distrusted: true, measuredMaxA: 30 });
  });

  test('bears who draws as little in between, and a reading gone wrong now and then', () => {
    const world = charging();
    for (let index = 0; index < 20; index += 1) {
      const drawnA = index % 2 === 0 ? 20 : 0;
      reads(world, { currentA: [drawnA, drawnA, drawnA] }, 9000);
    }
    expect(state(world).ledger.distrusted).toBe(false);
    for (let index = 0; index < 200; index += 1) {
      const drawnA = index % 90 === 0 ? 40 : 13;
      reads(world, { currentA: [drawnA, drawnA, drawnA] });
    }
    expect(state(world).ledger.distrusted).toBe(false);
  });

  test('counts at what two readings showed, and more once it draws more', () => {
    const world = charging();
    const drawn = (currentA: number): void => {
      reads(world, { currentA: [currentA, currentA, currentA] });
    };
    for (const currentA of [60, 50, 50]) drawn(currentA);
    expect(worstA(world)).toBe(51);
    for (const currentA of [70, 13, 13, 13, 13, 13, 13, 13, 13]) drawn(currentA);
    expect(worstA(world)).toBe(51);
    for (const currentA of [60, 60]) drawn(currentA);
    expect(worstA(world)).toBe(61.2);
    expect(alarms(world)).toEqual(['distrusted', 'distrusted']);
  });

  test('others are shed for what it draws beyond its maximum', () => {
    const world = charging(smallSite({ limitA: 63, stations: 2 }));
    const { script } = world;
    const s2 = voiceOf('S2', script);
    feed(script, s2.connected(), s2.booted());
    wait(script, MINUTE_MS);
    feed(script, s2.started('2'));
    wait(script, 10 * MINUTE_MS);
    for (let index = 0; index < 3; index += 1) reads(world, { currentA: [48, 48, 48] });
    wait(script, MINUTE_MS);
    expect(worstA(world)).toBeCloseTo(48.96, 9);
    expect(script.state.evses.get(evseId('S2:1'))?.decision?.limitA).toBe(14);
  });
});
