import { expect, test } from 'vitest';
import { siteClock } from '../../simulator/clock.js';
import { mulberry32, randomFor } from '../../simulator/random.js';
import { createScheduler } from '../../simulator/scheduler.js';
import { OutQueue } from '../../simulator/station/out-queue.js';

test('site time runs at its speed from the origin and never backwards', () => {
  let realMs = 1000;
  const clock = siteClock({ originSiteMs: 50_000, originRealMs: 1000, speed: 20 }, () => realMs);
  expect(clock.nowMs()).toBe(50_000);
  realMs = 1100;
  expect(clock.nowMs()).toBe(52_000);
  realMs = 900;
  expect(clock.nowMs()).toBe(52_000);
});

test('events run in order and are told when they were due, however late', () => {
  let nowMs = 0;
  const scheduler = createScheduler({ speed: 1, nowMs: () => nowMs });
  const seen: (readonly [string, number])[] = [];
  for (const [name, atMs] of [
    ['c', 30],
    ['a', 10],
    ['b', 20],
    ['b2', 20],
  ] as const) {
    scheduler.at(atMs, (dueAtMs) => {
      seen.push([name, dueAtMs]);
      expect(scheduler.nowMs()).toBe(dueAtMs);
      if (name === 'a') scheduler.at(15, (lateMs) => seen.push(['child', lateMs]));
    });
  }
  const cancel = scheduler.at(25, () => seen.push(['cancelled', 25]));
  cancel();
  nowMs = 1000;
  scheduler.pump();
  scheduler.stop();
  expect(seen).toEqual([
    ['a', 10],
    ['child', 15],
    ['b', 20],
    ['b2', 20],
    ['c', 30],
  ]);
  expect(scheduler.nowMs()).toBe(1000);
  expect(scheduler.stallMaxMs()).toBe(990);
});

test('the heap keeps a thousand events in order', () => {
  let nowMs = 0;
  const scheduler = createScheduler({ speed: 1, nowMs: () => nowMs });
  const random = mulberry32(1);
  const seen: number[] = [];
  for (let count = 0; count < 1000; count += 1) {
    scheduler.at(Math.floor(random() * 500), (dueAtMs) => seen.push(dueAtMs));
  }
  nowMs = 500;
  scheduler.pump();
  scheduler.stop();
  expect(seen).toEqual(seen.toSorted((a, b) => a - b));
  expect(seen).toHaveLength(1000);
});

test('streams of the same name are the same, of another name another', () => {
  const [first, second] = [randomFor(1, 'a'), randomFor(1, 'a')];
  expect([first(), first()]).toEqual([second(), second()]);
  expect(randomFor(1, 'b')()).not.toBe(randomFor(1, 'a')());
});

/** A queue whose calls are answered by hand. */
function queue() {
  const calls: { action: string; payload: object; end: (ok: boolean) => Promise<void> }[] = [];
  const timers: (() => void)[] = [];
  const made = new OutQueue({
    call: (action, payload) =>
      new Promise((resolve, reject) => {
        calls.push({
          action,
          payload,
          async end(ok) {
            if (ok) resolve({});
            else reject(new Error('no answer'));
            await new Promise((done) => setImmediate(done));
          },
        });
      }),
    later: (_realMs, run) => void timers.push(run),
  });
  return { made, calls, timers };
}

test('a transaction message is sent again with the same content until it is answered', async () => {
  const { made, calls, timers } = queue();
  let built = 0;
  const build = () => ({ built: (built += 1) });
  made.push({ action: 'Start', kind: 'transaction', build });
  made.push({ action: 'Stop', kind: 'transaction', build: () => ({}) });
  expect(calls).toHaveLength(0);
  made.open();
  await calls[0]?.end(false);
  timers.shift()?.();
  made.close();
  await calls[1]?.end(false);
  made.open();
  await calls[2]?.end(true);
  expect(calls.map(({ action }) => action)).toEqual(['Start', 'Start', 'Start', 'Stop']);
  expect(calls.slice(0, 3).map(({ payload }) => payload)).toEqual(
    [...Array(3)].map(() => ({ built: 1 })),
  );
});

test('other messages overtake a transaction that waits, and are dropped unanswered', async () => {
  const { made, calls } = queue();
  let lost = 0;
  made.push({ action: 'Start', kind: 'transaction', build: () => ({}) });
  made.push({ action: 'Status', kind: 'plain', build: () => ({}), onLost: () => (lost += 1) });
  made.open();
  await calls[0]?.end(false);
  expect(calls[1]?.action).toBe('Status');
  await calls[1]?.end(false);
  expect(lost).toBe(1);
  expect(made.length()).toBe(1);
});

test('a newer reading takes the place of one that was never sent', () => {
  const { made, calls } = queue();
  for (const value of [1, 2, 3]) {
    made.push({ action: 'Meter', kind: 'transaction', replaceKey: 'm', build: () => ({ value }) });
  }
  made.open();
  expect(calls.map(({ payload }) => payload)).toEqual([{ value: 3 }]);
  expect(made.length()).toBe(1);
});
