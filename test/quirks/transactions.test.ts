/** Transactions and statuses of real boxes: each input as the box sends it. */
import { array, assert, constantFrom, property, shuffledSubarray } from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Session } from '../../src/sessions/session.js';
import { meterReading } from '../../src/sessions/session.js';
import { sessionNotes } from '../../src/sessions/session-notes.js';
import { feed } from '../control/ideal-station.js';
import { voiceOf } from '../control/station-events.js';
import { at, type Box, boxOf, energyOf, noteCodes, openWorld, type World } from './box.js';

function now({ script }: World): string {
  return new Date(script.nowMs).toISOString();
}

const start = (world: World, box: Box, more: object = {}) =>
  box.send('StartTransaction', {
    connectorId: 1,
    idTag: 'TAG',
    meterStart: 0,
    timestamp: now(world),
    ...more,
  });
const stop = (world: World, box: Box, transactionId: unknown, more: object = {}) =>
  box.send('StopTransaction', { transactionId, meterStop: 0, timestamp: now(world), ...more });
const status = (box: Box, word: string, connectorId = 1) =>
  box.send('StatusNotification', { connectorId, status: word, errorCode: 'NoError' });
const values = (world: World, value: number) => [
  { timestamp: now(world), sampledValue: [{ value: String(value) }] },
];

interface Sent {
  readonly eventType: string;
  readonly seqNo: number;
  readonly at: number;
  readonly wh?: number;
  readonly chargingState?: string;
  readonly transactionId?: string;
}

function event({ eventType, seqNo, wh, at: sec, chargingState, transactionId = 'T-1' }: Sent) {
  const contexts: Readonly<Record<string, string>> = {
    Started: 'Transaction.Begin',
    Ended: 'Transaction.End',
  };
  const context = contexts[eventType] ?? 'Sample.Periodic';
  return {
    eventType,
    seqNo,
    timestamp: at(sec),
    triggerReason: 'MeterValuePeriodic',
    transactionInfo: { transactionId, ...(chargingState === undefined ? {} : { chargingState }) },
    evse: { id: 1, connectorId: 1 },
    ...(wh === undefined
      ? {}
      : { meterValue: [{ timestamp: at(sec), sampledValue: [{ value: wh, context }] }] }),
  };
}

describe('numbers of transactions', () => {
  test.each([-1, 0])(
    'StopTransaction of %s ends the one that the station runs (libocpp 495)',
    async (transactionId) => {
      const world = openWorld();
      const box = boxOf(world, 'S1');
      await start(world, box, { meterStart: 100 });
      world.wait(600);
      await stop(world, box, transactionId, { meterStop: 900, reason: 'Local' });
      expect(world.session()).toMatchObject({ phase: 'finished', stopReason: 'Local' });
      expect(energyOf(world.session())).toBe(800);
    },
  );

  test('a repeated StopTransaction of -1 does not end the next transaction', async () => {
    const world = openWorld();
    const box = boxOf(world, 'S1');
    await start(world, box);
    world.wait(600);
    const late = { transactionId: -1, meterStop: 900, timestamp: now(world) };
    await box.send('StopTransaction', late);
    world.wait(60);
    await start(world, box, { meterStart: 900 });
    await box.send('StopTransaction', late);
    expect(world.sessions().filter((it) => it.phase === 'active')).toHaveLength(1);
  });

  test('of two that run, StopTransaction of -1 ends the one of the token shown, or none', async () => {
    const world = openWorld({ evsesPerStation: 2 });
    const box = boxOf(world, 'S1');
    await start(world, box, { idTag: 'ANNA' });
    await start(world, box, { idTag: 'BEN', connectorId: 2 });
    world.wait(60);
    await stop(world, box, -1);
    expect(world.sessions().map((it) => it.phase)).toEqual(['active', 'active']);
    await stop(world, box, -1, { idTag: 'ben' });
    expect(world.sessions().map((it) => it.phase)).toEqual(['active', 'finished']);
  });

  test('that nobody gave out are recorded for people (lost start at another CPMS)', async () => {
    const world = openWorld();
    const box = boxOf(world, 'S1');
    const transactionData = values(world, 5);
    expect(await stop(world, box, 4711, { meterStop: 5, transactionData })).toEqual({});
    expect(world.sessions()).toEqual([]);
    expect(world.records).toMatchObject([
      { severity: 'warning', kind: 'other', data: { transactionId: 4711, transactionData } },
    ]);
  });

  describe('that nobody gave out and that run on', () => {
    const told = ({ script }: World) =>
      script.effects.flatMap((it) =>
        it.type === 'alarm' && it.code === 'foreign-transaction' ? [it.detail] : [],
      );
    const says = (world: World, transactionId: unknown, amps = '0', connectorId = 1) => {
      const current = { value: amps, measurand: 'Current.Import', unit: 'A' };
      const meterValue = [{ timestamp: now(world), sampledValue: [current] }];
      return boxOf(world, 'S1').send('MeterValues', { connectorId, transactionId, meterValue });
    };

    test('are told to people by their number, once', async () => {
      const world = openWorld();
      for (let minute = 0; minute < 60; minute += 1) {
        await says(world, 4711);
        world.wait(60);
      }
      expect(told(world)).toEqual([expect.stringContaining('S1:1 runs transaction 4711,')]);
      await says(world, 4712);
      expect(told(world)).toHaveLength(2);
      world.wait(13 * 3600);
      await says(world, 4712);
      expect(told(world)).toHaveLength(3);
      expect(world.sessions()).toEqual([]);
    });

    test('R9 draw what they draw in the ledger', async () => {
      const world = openWorld();
      const entry = () => [...world.script.state.evses.values()][0]?.ledger;
      expect(entry()).toMatchObject({ fallbackIdleA: 0, distrusted: false });
      for (let second = 0; second < 60; second += 10) {
        await says(world, 4711, '16');
        world.wait(10);
      }
      expect(entry()).toMatchObject({ distrusted: true, measuredMaxA: 16 });
    });

    test('are none where one of ours runs, nor are 0, -1 and those of another EVSE', async () => {
      const world = openWorld({ evsesPerStation: 2 });
      const box = boxOf(world, 'S1');
      const { transactionId } = await start(world, box);
      await box.send('MeterValues', {
        connectorId: 2,
        transactionId,
        meterValue: values(world, 700),
      });
      await says(world, 4711);
      await says(world, 0, '0', 2);
      await says(world, -1, '0', 2);
      await says(world, undefined, '0', 2);
      expect(told(world)).toEqual([]);
    });
  });

  test('that do not match the connector leave its values to the connector', async () => {
    const world = openWorld({ evsesPerStation: 2 });
    const box = boxOf(world, 'S1');
    const { transactionId } = await start(world, box);
    await start(world, box, { connectorId: 2, idTag: 'OTHER' });
    const meterValue = values(world, 700);
    await box.send('MeterValues', { connectorId: 2, transactionId, meterValue });
    expect(world.sessions().map(energyOf)).toEqual([0, 700]);
  });
});

describe('ends', () => {
  test('that lie before their start make no negative time (lbbrhzn 45)', async () => {
    const world = openWorld();
    const box = boxOf(world, 'S1');
    const { transactionId } = await start(world, box);
    await stop(world, box, transactionId, { timestamp: at(-3600), meterStop: 10 });
    const { startedAtMs, endedAtMs } = world.session();
    expect(endedAtMs).toBe(startedAtMs);
    expect(noteCodes(world.session())).toEqual(['clock-went-back']);
  });

  test('that never come are made by the next start on the EVSE', async () => {
    const world = openWorld();
    const box = boxOf(world, 'S1');
    await start(world, box);
    world.wait(600);
    await start(world, box, { meterStart: 500 });
    const [first, second] = world.sessions();
    expect(first).toMatchObject({ phase: 'ended', endPresumed: 'superseded' });
    expect(second?.phase).toBe('active');
  });

  test('without a start in 2.x are a session with what was metered (lost start)', async () => {
    const world = openWorld();
    const box = boxOf(world, 'S1', 'ocpp2.0.1');
    world.wait(310);
    await box.send('TransactionEvent', event({ eventType: 'Updated', seqNo: 1, at: 60, wh: 1000 }));
    await box.send('TransactionEvent', event({ eventType: 'Ended', seqNo: 2, at: 300, wh: 1400 }));
    expect(world.session().phase).toBe('finished');
    expect(energyOf(world.session())).toBe(400);
    expect(noteCodes(world.session())).toEqual(['start-lost']);
  });
});

describe('after a boot', () => {
  const resumedStory = async (again: (world: World, box: Box, id: unknown) => Promise<unknown>) => {
    const world = openWorld();
    const box = boxOf(world, 'S1');
    const { transactionId } = await start(world, box);
    world.wait(600);
    box.reboot();
    await status(box, 'Available');
    expect(world.session()).toMatchObject({ phase: 'ended', stopReason: 'PowerLoss' });
    world.wait(60);
    await again(world, box, transactionId);
    return { world, box, transactionId };
  };

  test('and Available, a transaction that goes on is taken up again', async () => {
    const { world, box, transactionId } = await resumedStory((it, station, id) =>
      station.send('MeterValues', {
        connectorId: 1,
        transactionId: id,
        meterValue: values(it, 2500),
      }),
    );
    expect(world.session().phase).toBe('active');
    expect(world.session().stopReason).toBeUndefined();
    world.wait(60);
    expect([...world.script.state.evses.values()][0]?.decision?.limitA).toBe(32);
    await stop(world, box, transactionId, { meterStop: 3000, reason: 'Local' });
    expect(world.session()).toMatchObject({ phase: 'ended', stopReason: 'Local' });
    expect(energyOf(world.session())).toBe(3000);
    expect(noteCodes(world.session())).toEqual(['resumed']);
  });

  test('and Available, values of before the boot take nothing up', async () => {
    const { world } = await resumedStory((_it, station, id) => {
      const meterValue = [{ timestamp: at(300), sampledValue: [{ value: '1500' }] }];
      return station.send('MeterValues', { connectorId: 1, transactionId: id, meterValue });
    });
    expect(world.session()).toMatchObject({ phase: 'ended', stopReason: 'PowerLoss' });
    expect(energyOf(world.session())).toBe(1500);
  });

  test('2.x TransactionEvent takes it up as well', async () => {
    const world = openWorld();
    const box = boxOf(world, 'S1', 'ocpp2.0.1');
    await box.send('TransactionEvent', event({ eventType: 'Started', seqNo: 0, at: 0, wh: 0 }));
    world.wait(600);
    box.reboot();
    const free = { evseId: 1, connectorId: 1, connectorStatus: 'Available', timestamp: now(world) };
    await box.send('StatusNotification', free);
    expect(world.session().phase).toBe('ended');
    world.wait(120);
    const more = { eventType: 'Updated', seqNo: 1, at: 780, wh: 90, chargingState: 'Charging' };
    await box.send('TransactionEvent', event(more));
    expect(world.session().phase).toBe('active');
  });
});

describe('statuses', () => {
  test('Finishing is held until the plug is out, and a new start does not wait for it', async () => {
    const world = openWorld();
    const box = boxOf(world, 'S1');
    const { transactionId } = await start(world, box);
    await stop(world, box, transactionId);
    await status(box, 'Finishing');
    world.wait(7200);
    expect(world.session().phase).toBe('finished');
    await start(world, box);
    expect(world.sessions().map((it) => it.phase)).toEqual(['ended', 'active']);
    await status(box, 'Available');
    expect(world.sessions().map((it) => it.phase)).toEqual(['ended', 'active']);
  });

  test('Available while plugged ends no transaction (FoxESS)', async () => {
    const world = openWorld();
    const box = boxOf(world, 'S1');
    await status(box, 'Preparing');
    await start(world, box);
    await status(box, 'Available');
    expect(world.session().phase).toBe('active');
    world.wait(60);
    expect([...world.script.state.evses.values()][0]?.decision?.limitA).toBe(32);
  });

  test('of number 0 are the EVSE where only an EVSE can be that (Autel)', async () => {
    const world = openWorld();
    const box = boxOf(world, 'S1');
    await status(box, 'Available', 0);
    expect([...world.script.state.evses.values()][0]?.status).toBeUndefined();
    await status(box, 'Preparing', 0);
    expect(world.session().phase).toBe('plugged');
    await status(box, 'Available', 0);
    expect(world.session().phase).toBe('ended');
  });

  test('of number 0 are the station where it has two EVSEs', async () => {
    const world = openWorld({ evsesPerStation: 2 });
    await status(boxOf(world, 'S1'), 'Preparing', 0);
    expect(world.sessions()).toEqual([]);
  });

  test('of two connectors of one EVSE in 2.x are one status', async () => {
    const world = openWorld();
    const box = boxOf(world, 'S1', 'ocpp2.0.1');
    const say = (connectorId: number, connectorStatus: string) =>
      box.send('StatusNotification', {
        evseId: 1,
        connectorId,
        connectorStatus,
        timestamp: now(world),
      });
    await say(1, 'Available');
    await say(2, 'Occupied');
    await say(1, 'Available');
    expect(world.session().phase).toBe('plugged');
    await say(2, 'Available');
    expect(world.session().phase).toBe('ended');
  });
});

describe('EVSE numbers', () => {
  test('a transaction on connector 0 runs on the only EVSE there is', async () => {
    const world = openWorld();
    const box = boxOf(world, 'S1');
    const { transactionId } = await start(world, box, { connectorId: 0 });
    expect(world.session()).toMatchObject({ phase: 'active', evseId: 'S1:1' });
    world.wait(60);
    const meterValue = values(world, 50);
    await box.send('MeterValues', { connectorId: 0, transactionId, meterValue });
    expect(energyOf(world.session())).toBe(50);
  });

  test('a transaction on connector 0 of several EVSEs runs where a vehicle waits', async () => {
    const world = openWorld({ evsesPerStation: 2 });
    const box = boxOf(world, 'S1');
    await status(box, 'Preparing', 2);
    const { transactionId } = await start(world, box, { connectorId: 0 });
    expect(world.session()).toMatchObject({ phase: 'active', evseId: 'S1:2' });
    const meterValue = values(world, 50);
    await box.send('MeterValues', { connectorId: 2, transactionId, meterValue });
    expect(energyOf(world.session())).toBe(50);
  });

  test('a transaction on an EVSE that is not configured is told to people', async () => {
    const world = openWorld();
    await start(world, boxOf(world, 'S1'), { connectorId: 3 });
    expect(world.sessions()).toEqual([]);
    expect(world.script.effects).toContainEqual(
      expect.objectContaining({ type: 'alarm', code: 'unknown-evse' }),
    );
  });
});

describe('2.x sequences', () => {
  const story = async (seqNos: readonly [number, number, number]) => {
    const world = openWorld();
    const box = boxOf(world, 'S1', 'ocpp2.1');
    const [first, second, third] = seqNos;
    const send = (sent: Sent) => box.send('TransactionEvent', event(sent));
    await send({ eventType: 'Started', seqNo: first, at: 0, wh: 100 });
    await send({ eventType: 'Updated', seqNo: second, at: 60, wh: 300 });
    await send({ eventType: 'Updated', seqNo: second, at: 60, wh: 300 });
    await send({ eventType: 'Ended', seqNo: third, at: 120, wh: 500 });
    return world.session();
  };

  test('that are all zero, or repeat, change nothing', async () => {
    for (const seqNos of [
      [0, 0, 0],
      [0, 1, 2],
      [7, 8, 9],
    ] as const) {
      const session = await story(seqNos);
      expect(energyOf(session)).toBe(400);
      expect(noteCodes(session)).toEqual([]);
    }
  });

  test('with a hole are noted, and lose no energy of what came', async () => {
    const session = await story([0, 3, 4]);
    expect(energyOf(session)).toBe(400);
    expect(noteCodes(session)).toEqual(['messages-missing']);
  });
});

test('2.x MeterValues count where TransactionEvent(Updated) is never sent', async () => {
  const world = openWorld();
  const box = boxOf(world, 'S1', 'ocpp2.0.1');
  await box.send('TransactionEvent', event({ eventType: 'Started', seqNo: 0, at: 0, wh: 100 }));
  world.wait(600);
  const meterValue = [{ timestamp: now(world), sampledValue: [{ value: 900 }] }];
  await box.send('MeterValues', { evseId: 1, meterValue });
  expect(energyOf(world.session())).toBe(800);
});

describe('any order and any retries of the messages of a transaction', () => {
  const outcome = (session: Session | undefined) =>
    session === undefined
      ? undefined
      : {
          phase: session.phase === 'ended' ? 'finished' : session.phase,
          startedAtMs: session.startedAtMs,
          endedAtMs: session.endedAtMs,
          idToken: session.idToken,
          stopReason: session.stopReason,
          meterStartWh: session.meterStartWh,
          meterLastWh: session.meterLastWh,
          reading: meterReading(session),
          notes: sessionNotes(session),
          sequence: session.sequence,
        };

  /** kWh labelled Wh with power, so that unit, integration and registers all take part. */
  const play = (order: readonly number[], scaleWh: number) => {
    const world = openWorld();
    world.wait(7200);
    const { script } = world;
    const s1 = voiceOf('S1', script);
    const offline = true;
    const when = (sec: number) => ({ atMs: Date.parse(at(sec)), evseNumber: 1, offline });
    const sample = (sec: number) => ({
      atMs: Date.parse(at(sec)),
      energyWh: (1000 + sec * 2) * scaleWh,
      powerW: 7200,
    });
    const token = { idToken: 'TAG', status: 'Accepted' } as const;
    const messages = [
      s1.started('1', {
        ...when(0),
        meterStartWh: 1000 * scaleWh,
        idToken: 'TAG',
        authorization: token,
        seqNo: 0,
      }),
      s1.updated('1', { ...when(600), seqNo: 1, samples: [sample(600)] }),
      s1.updated('1', { ...when(1200), seqNo: 2, samples: [sample(900), sample(1200)] }),
      s1.sampled([sample(1500), sample(1800)], { transactionId: '1' }),
      s1.ended('1', {
        ...when(3600),
        seqNo: 4,
        meterStopWh: (1000 + 7200) * scaleWh,
        reason: 'Local',
        samples: [sample(600), sample(2400), sample(3000)],
      }),
    ];
    for (const index of order) {
      const message = messages[index];
      if (message !== undefined) feed(script, message);
    }
    const known = world.sessions().filter((it) => it.transactionId === '1');
    return { count: known.length, only: outcome(known[0]) };
  };

  test.each([
    ['Wh', 1],
    ['kWh labelled Wh', 0.001],
  ])('give one session and one energy: %s', (_unit, scaleWh) => {
    const indices = [0, 1, 2, 3, 4];
    const orders = array(constantFrom(...indices), { maxLength: 6 })
      .chain((retries) =>
        shuffledSubarray([...indices, ...retries.map((it) => it + 10)], {
          minLength: indices.length + retries.length,
        }),
      )
      .map((order) => order.map((it) => it % 10));
    const expected = play(indices, scaleWh);
    expect(expected).toMatchObject({ count: 1, only: { reading: { energyWh: 7200 } } });
    assert(
      property(orders, (order) => {
        expect(play(order, scaleWh)).toEqual(expected);
      }),
      { seed: 21, numRuns: 60 },
    );
  });
});
