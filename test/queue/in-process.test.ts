import { describe, expect, test } from 'vitest';
import { createInProcessQueue } from '../../src/queue/in-process.js';
import { rememberingLog } from '../support/test-store.js';
import { queueContract } from './contract.js';

const open = () => createInProcessQueue({ log: rememberingLog(), nowMs: Date.now });

describe('the queue in this process', () => {
  queueContract(async () => open());

  test('refuses what does not fit in memory, and says so', async () => {
    const queue = open();
    for (let n = 0; n < 100_000; n += 1) await queue.add('alerts', { n });
    await expect(queue.add('alerts', { n: -1 })).rejects.toThrow(/100000 wait/);
    await queue.close();
  });

  test('keeps a delay longer than a timer can be', async () => {
    const queue = open();
    await queue.add('alerts', { n: 1 }, { delayMs: 2 ** 40 });
    expect(await queue.counts('alerts')).toMatchObject({ delayed: 1, waiting: 0 });
    await queue.close();
  });

  test('a second handler for one name is a mistake in the program', async () => {
    const queue = open();
    queue.work('alerts', async () => undefined, { concurrency: 1 });
    expect(() => queue.work('alerts', async () => undefined, { concurrency: 1 })).toThrow(
      /handler already/,
    );
    await queue.close();
  });
});
