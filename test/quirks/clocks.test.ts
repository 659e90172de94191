/** Boxes whose clock was never set, runs decades ahead, or is set while they charge. */
import { describe, expect, test } from 'vitest';
import { evseId } from '../../solver/index.js';
import { toldInstant } from '../../src/ocpp/instants.js';
import { allow, type Box, boxOf, energyOf, openWorld, token, type World } from './box.js';

const EVSE = evseId('S1:1');
const NEVER_SET = '1970-01-01T00:03:20Z';
const CENTURY_AHEAD = '2126-01-05T08:00:00Z';
const YEAR_SEC = 31_557_600;
const RECEIVED_MS = Date.parse('2026-03-01T12:00:00Z');

test.each<[string | undefined, string]>([
  ['2026-03-01T11:59:59Z', '2026-03-01T11:59:59Z'],
  ['2026-02-01T00:00:00Z', '2026-02-01T00:00:00Z'],
  ['2026-03-01T12:00:01Z', '2026-03-01T12:00:00Z'],
  ['9999-12-31T23:59:59Z', '2026-03-01T12:00:00Z'],
  ['2000-01-01T00:00:00Z', '2026-03-01T12:00:00Z'],
  ['0001-01-01T00:00:00Z', '2026-03-01T12:00:00Z'],
  ['0', '2026-03-01T12:00:00Z'],
  [undefined, '2026-03-01T12:00:00Z'],
])('%s, told at noon of the first of March, is taken for %s', (text, instant) => {
  expect(toldInstant(text, RECEIVED_MS)).toBe(Date.parse(instant));
});

const now = ({ script }: World): string => new Date(script.nowMs).toISOString();

async function start(box: Box, timestamp: string, idTag = 'TAG'): Promise<unknown> {
  const answer = await box.send('StartTransaction', {
    connectorId: 1,
    idTag,
    meterStart: 1_000,
    timestamp,
  });
  return answer['transactionId'];
}

const stop = (box: Box, transactionId: unknown, timestamp: string) =>
  box.send('StopTransaction', { transactionId, meterStop: 6_000, timestamp });

describe('a transaction', () => {
  test('that started before the clock was set did not last for decades', async () => {
    const world = openWorld();
    const box = boxOf(world, 'S1');
    const startedMs = world.script.nowMs;
    const id = await start(box, NEVER_SET);
    world.wait(3_600);
    await stop(box, id, now(world));
    const session = world.session();
    expect(session.startedAtMs).toBe(startedMs);
    expect((session.endedAtMs ?? 0) - startedMs).toBe(3_600_000);
    expect(energyOf(session)).toBe(5_000);
  });

  test.each([CENTURY_AHEAD, NEVER_SET])(
    'said to be of %s does not keep the next one from its EVSE',
    async (timestamp) => {
      const world = openWorld();
      const box = boxOf(world, 'S1');
      await start(box, timestamp, 'A');
      world.wait(600);
      // Its stop was lost; the box has the right time by now.
      const next = await start(box, now(world), 'B');
      world.wait(600);
      expect(world.script.state.evses.get(EVSE)?.transactionId).toBe(String(next));
      const [first, second] = world.sessions();
      expect(first).toMatchObject({ idToken: 'A', endPresumed: 'superseded' });
      expect(second).toMatchObject({ idToken: 'B', phase: 'active' });
    },
  );

  test('after one of the right time is the one that runs, although its clock was lost', async () => {
    const world = openWorld();
    const box = boxOf(world, 'S1');
    const first = await start(box, now(world), 'A');
    world.wait(600);
    await stop(box, first, now(world));
    world.wait(60);
    const next = await start(box, NEVER_SET, 'B');
    expect(world.script.state.evses.get(EVSE)?.transactionId).toBe(String(next));
  });

  test('ahead of time ends with a boot after it', async () => {
    const world = openWorld();
    const box = boxOf(world, 'S1');
    await start(box, CENTURY_AHEAD);
    world.wait(600);
    box.reboot();
    await box.send('StatusNotification', {
      connectorId: 1,
      status: 'Available',
      errorCode: 'NoError',
    });
    expect(world.session()).toMatchObject({ endPresumed: 'power-loss' });
  });
});

test.each([NEVER_SET, CENTURY_AHEAD])(
  'a plug said to go in at %s went in when it was told, and so it comes out',
  async (timestamp) => {
    const world = openWorld();
    const box = boxOf(world, 'S1');
    const tell = (status: string) =>
      box.send('StatusNotification', { connectorId: 1, status, errorCode: 'NoError', timestamp });
    const pluggedInAtMs = world.script.nowMs;
    await tell('Preparing');
    world.wait(600);
    await tell('Available');
    const endedAtMs = pluggedInAtMs + 600_000;
    expect(world.session()).toMatchObject({ phase: 'ended', pluggedInAtMs, endedAtMs });
  },
);

test.each([NEVER_SET, CENTURY_AHEAD])(
  'a token that has expired is not good again at %s, and a good one is',
  async (timestamp) => {
    const world = openWorld({ settings: { acceptAnyToken: false } });
    const box = boxOf(world, 'S1');
    const { nowMs } = world.script;
    allow(world, token('OLD', { expiresAtMs: nowMs - 1_000 }));
    allow(world, token('NEW', { expiresAtMs: nowMs + 3_600_000 }));
    const ask = async (idTag: string) =>
      (await box.send('StartTransaction', { connectorId: 1, idTag, meterStart: 0, timestamp }))[
        'idTagInfo'
      ];
    expect(await ask('OLD')).toMatchObject({ status: 'Expired' });
    expect(await ask('NEW')).toMatchObject({ status: 'Accepted' });
  },
);

test('a sample of tomorrow does not make those of today look old', async () => {
  const world = openWorld();
  const box = boxOf(world, 'S1', 'ocpp2.0.1');
  const event = (seqNo: number, eventType: string, timestamp: string, wh: number, watts: number) =>
    box.send('TransactionEvent', {
      eventType,
      seqNo,
      timestamp,
      triggerReason: 'MeterValuePeriodic',
      transactionInfo: { transactionId: 'T-1' },
      evse: { id: 1, connectorId: 1 },
      meterValue: [
        {
          timestamp,
          sampledValue: [
            { value: wh, measurand: 'Energy.Active.Import.Register' },
            { value: watts, measurand: 'Power.Active.Import' },
          ],
        },
      ],
    });
  await event(0, 'Started', CENTURY_AHEAD, 0, 7_000);
  world.wait(60);
  await event(1, 'Updated', now(world), 100, 3_000);
  expect(world.session()).toMatchObject({ powerW: 3_000, sampledAtMs: world.script.nowMs });
});

test.each([
  ['of 20 s ago that says it was kept offline', -20, true, 0],
  ['of 20 s ago that does not say so', -20, false, 1],
  ['of in 20 s', 20, false, 1],
  ['of in 20 s that says it was kept offline', 20, true, 1],
  ['of in 5 s', 5, false, 0],
  ['of a century ahead', 100 * YEAR_SEC, false, 1],
  ['of before clocks were set', -50 * YEAR_SEC, false, 1],
])('a sample %s (%i s, %j) costs %i reads of the schedule', async (_, offSec, offline, reads) => {
  const world = openWorld();
  const box = boxOf(world, 'S1', 'ocpp2.0.1');
  const told = (eventType: string, more: object) =>
    box.send('TransactionEvent', {
      eventType,
      timestamp: now(world),
      triggerReason: 'MeterValuePeriodic',
      seqNo: 0,
      transactionInfo: { transactionId: 'x' },
      evse: { id: 1, connectorId: 1 },
      ...more,
    });
  const sampledValue = [{ value: 3000, measurand: 'Power.Active.Import' }];
  await told('Started', { idToken: { idToken: 'TAG', type: 'ISO14443' } });
  world.wait(600);
  world.wait(20);
  const timestamp = new Date(world.script.nowMs + offSec * 1000).toISOString();
  const readBacks = (): number =>
    world.script.sent.filter(({ purpose }) => purpose === 'lease-read-back').length;
  const before = readBacks();
  const meterValue = [{ timestamp, sampledValue }];
  await told('Updated', { timestamp, seqNo: 1, meterValue, offline });
  expect(readBacks() - before).toBe(reads);
});
