/** Meters of real boxes: each input as the box sends it. */
import { describe, expect, test } from 'vitest';
import { at, boxOf, energyOf, noteCodes, openWorld, type Box, type World } from './box.js';

interface Value {
  readonly value: string;
  readonly measurand?: string;
  readonly unit?: string;
  readonly phase?: string;
  readonly context?: string;
}

const REGISTER = 'Energy.Active.Import.Register';
const wh = (value: number | string, more: Partial<Value> = {}): Value => ({
  value: String(value),
  measurand: REGISTER,
  unit: 'Wh',
  ...more,
});
const watts = (value: number): Value => ({
  value: String(value),
  measurand: 'Power.Active.Import',
  unit: 'W',
});
const amps = (value: number, phase?: string): Value => ({
  value: String(value),
  measurand: 'Current.Import',
  unit: 'A',
  ...(phase === undefined ? {} : { phase }),
});

interface Story {
  readonly world: World;
  readonly box: Box;
  readonly transactionId: number;
  /** Lets `sec` pass, then sends what the meter says. */
  measure(sec: number, ...values: readonly Value[]): Promise<void>;
  stop(sec: number, meterStop: number, more?: object): Promise<void>;
}

async function charging(meterStart: number, world = openWorld()): Promise<Story> {
  const box = boxOf(world, 'S1');
  const started = { connectorId: 1, idTag: 'TAG', meterStart, timestamp: now(world) };
  const { transactionId } = await box.send('StartTransaction', started);
  return {
    world,
    box,
    transactionId: transactionId as number,
    async measure(sec, ...sampledValue) {
      world.wait(sec);
      const meterValue = [{ timestamp: now(world), sampledValue }];
      await box.send('MeterValues', { connectorId: 1, transactionId, meterValue });
    },
    async stop(sec, meterStop, more = {}) {
      world.wait(sec);
      await box.send('StopTransaction', {
        transactionId,
        meterStop,
        timestamp: now(world),
        ...more,
      });
    },
  };
}

function now({ script }: World): string {
  return new Date(script.nowMs).toISOString();
}

describe('energy', () => {
  test('in kWh labelled Wh is seen by the power, and noted (OpenEVSE)', async () => {
    const { world, measure, stop } = await charging(1234);
    for (let minute = 1; minute <= 60; minute += 5) {
      await measure(300, wh((1234 + (7.2 * (minute + 4)) / 60).toFixed(3)), watts(7200));
    }
    await stop(1, 1241);
    expect(energyOf(world.session())).toBeCloseTo(7200, -2);
    expect(noteCodes(world.session())).toEqual(['register-in-kwh']);
    expect(world.script.effects).toContainEqual(
      expect.objectContaining({ type: 'alarm', code: 'registers-in-kwh' }),
    );
  });

  test('in kWh labelled Wh is remembered for sessions of the station without power', async () => {
    const { world, box, measure, stop } = await charging(100);
    for (let step = 1; step <= 6; step += 1) await measure(600, wh(100 + step), watts(6000));
    await stop(1, 106);
    const second = { connectorId: 1, idTag: 'TAG', meterStart: 106, timestamp: now(world) };
    const { transactionId } = await box.send('StartTransaction', second);
    world.wait(3600);
    const timestamp = now(world);
    await box.send('StopTransaction', { transactionId, meterStop: 115, timestamp });
    const later = world.sessions().find((it) => it.transactionId === String(transactionId));
    expect(later && energyOf(later)).toBe(9000);
  });

  test('in Wh of a slow session is not mistaken for kWh', async () => {
    const { world, measure, stop } = await charging(500_000);
    for (let step = 1; step <= 20; step += 1)
      await measure(600, wh(500_000 + step * 230), watts(1380));
    await stop(1, 504_600);
    expect(energyOf(world.session())).toBe(4600);
    expect(noteCodes(world.session())).toEqual([]);
  });

  test('of registers per session beside a lifetime start counts (second report of evcc 33256)', async () => {
    const { world, measure, stop } = await charging(1_250_000);
    await measure(600, wh(1100));
    await measure(600, wh(2300));
    expect(energyOf(world.session())).toBe(2300);
    await stop(60, 2350);
    expect(energyOf(world.session())).toBe(2350);
    expect(noteCodes(world.session())).toEqual(['register-per-session']);
  });

  test('of lifetime samples beside a start of 0 counts from the first sample', async () => {
    const { world, measure, stop } = await charging(0);
    await measure(10, wh(7_654_000));
    await measure(600, wh(7_655_200));
    await stop(60, 7_655_300);
    expect(energyOf(world.session())).toBe(1300);
    expect(noteCodes(world.session())).toEqual(['start-register-implausible']);
  });

  test('of lifetime samples between a start and a stop per session is that of the stop', async () => {
    const { world, measure, stop } = await charging(0);
    await measure(600, wh(7_654_000));
    await measure(600, wh(7_655_200));
    await stop(60, 2500);
    expect(energyOf(world.session())).toBe(2500);
  });

  test('lives on where Transaction.Begin is sent beside it (Growatt THOR)', async () => {
    const { world, measure } = await charging(0);
    await measure(600, wh(4200), wh(0, { context: 'Transaction.Begin' }));
    expect(energyOf(world.session())).toBe(4200);
  });

  test('of a register on phase N counts (zappi)', async () => {
    const { world, measure } = await charging(1000);
    await measure(600, wh(3100, { phase: 'N' }));
    expect(energyOf(world.session())).toBe(2100);
  });

  test('that no register tells is power over time', async () => {
    const { world, measure, stop } = await charging(0);
    for (let step = 0; step <= 12; step += 1) await measure(300, watts(11_000));
    await stop(1, 0);
    expect(energyOf(world.session())).toBeCloseTo(11_000, 0);
    expect(noteCodes(world.session())).toEqual(['energy-from-power']);
  });

  test('that neither register nor power tells is current times voltage over time', async () => {
    const { world, measure, stop } = await charging(0);
    for (let step = 0; step <= 12; step += 1) {
      await measure(300, amps(10, 'L1'), amps(10, 'L2'), amps(10, 'L3'));
    }
    await stop(1, 0);
    expect(energyOf(world.session())).toBeCloseTo(6900, 0);
  });

  test('of a negative register is none, and of one that falls the highest counts', async () => {
    const { world, measure, stop } = await charging(1000);
    await measure(60, wh(-1));
    await measure(600, wh(3000));
    await measure(60, wh(2990));
    await stop(60, 2995);
    expect(energyOf(world.session())).toBe(2000);
    expect(noteCodes(world.session())).toEqual(['register-fell']);
  });

  test('of a meter that jitters below its start is nothing', async () => {
    const { world, stop } = await charging(5000);
    await stop(60, 4990);
    expect(energyOf(world.session())).toBe(0);
  });

  test('of values after StopTransaction goes to the ended transaction (Ocular)', async () => {
    const { world, measure, stop } = await charging(1000);
    await measure(600, wh(2000));
    await stop(60, 2100);
    await measure(2, wh(2101, { context: 'Transaction.End' }));
    await measure(600, wh(9999));
    expect(world.sessions()).toHaveLength(1);
    expect(energyOf(world.session())).toBe(1100);
    expect(world.session().phase).toBe('finished');
  });
});

describe('currents', () => {
  const drawn = async (...values: readonly Value[]) => {
    const { world, measure } = await charging(0);
    await measure(60, ...values);
    const { drawnA, powerW } = world.session();
    return { drawnA, powerW };
  };

  test('on phase N count on every phase (Injet)', async () => {
    expect((await drawn(amps(14, 'N'))).drawnA).toEqual([14, 14, 14]);
  });

  test('of one value on a three-phase station count on every phase (Enercab)', async () => {
    expect((await drawn(amps(9))).drawnA).toEqual([9, 9, 9]);
  });

  test('of one value count on the phases that have voltage (Enercab)', async () => {
    const volts = (value: number, phase: string): Value => ({
      value: String(value),
      measurand: 'Voltage',
      unit: 'V',
      phase,
    });
    const values = [amps(9), volts(231, 'L1-N'), volts(0, 'L2-N'), volts(1, 'L3-N')];
    expect(await drawn(...values)).toEqual({ drawnA: [9, 0, 0], powerW: 9 * 231 });
  });

  test('of L2-N alone and of L3 alone stay where they are', async () => {
    expect((await drawn(amps(10, 'L2-N'))).drawnA).toEqual([0, 10, 0]);
    expect((await drawn(amps(11, 'L3'))).drawnA).toEqual([0, 0, 11]);
  });

  test('with zero placeholders for unused phases are those of one phase', async () => {
    expect(await drawn(amps(16, 'L1'), amps(0, 'L2'), amps(0, 'L3'))).toEqual({
      drawnA: [16, 0, 0],
      powerW: 3680,
    });
  });

  test('of rotated phases are kept as the station numbers them', async () => {
    const values = [amps(6, 'L3'), amps(7, 'L1'), amps(8, 'L2')];
    expect((await drawn(...values)).drawnA).toEqual([7, 8, 6]);
  });

  test('make the power where none is sent', async () => {
    const values = [amps(10, 'L1'), amps(10, 'L2'), amps(10, 'L3')];
    expect((await drawn(...values)).powerW).toBe(6900);
  });

  test('never replace a power that is sent', async () => {
    expect((await drawn(amps(10, 'L1'), watts(2100))).powerW).toBe(2100);
  });

  test('come with a state of charge where the box knows one', async () => {
    const { world, measure } = await charging(0);
    await measure(60, { value: '64', measurand: 'SoC', unit: 'Percent' });
    expect(world.session().socFraction).toBe(0.64);
  });
});

describe('clock-aligned values', () => {
  test('with transactionId 0 belong to the connector that they name', async () => {
    const { world, box } = await charging(1000);
    world.wait(900);
    const meterValue = [
      { timestamp: now(world), sampledValue: [wh(2500, { context: 'Sample.Clock' })] },
    ];
    await box.send('MeterValues', { connectorId: 1, transactionId: 0, meterValue });
    expect(energyOf(world.session())).toBe(1500);
  });

  test('of connector 0 are the main meter, and of no session', async () => {
    const { world, box } = await charging(1000);
    world.wait(900);
    const meterValue = [{ timestamp: now(world), sampledValue: [wh(99_000)] }];
    await box.send('MeterValues', { connectorId: 0, transactionId: 0, meterValue });
    expect(energyOf(world.session())).toBe(0);
  });
});

test('offline transactions are metered by their own times', async () => {
  const world = openWorld();
  const box = boxOf(world, 'S1');
  world.wait(8 * 3600);
  const start = { connectorId: 1, idTag: 'TAG', meterStart: 0, timestamp: at(0) };
  const { transactionId } = await box.send('StartTransaction', start);
  const meterValue = Array.from({ length: 13 }, (_, index) => ({
    timestamp: at(index * 300),
    sampledValue: [watts(3700)],
  }));
  await box.send('MeterValues', { connectorId: 1, transactionId, meterValue });
  await box.send('StopTransaction', { transactionId, meterStop: 0, timestamp: at(3600) });
  expect(energyOf(world.session())).toBeCloseTo(3700, 0);
  expect(world.session()).toMatchObject({
    startedAtMs: Date.parse(at(0)),
    endedAtMs: Date.parse(at(3600)),
  });
  expect(noteCodes(world.session())).toContain('started-offline');
});
