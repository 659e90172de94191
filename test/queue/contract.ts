/** What every queue promises, asked of a real one. Jobs are watched by what their handler saw. */
import { randomUUID } from 'node:crypto';
import { afterEach, expect, test, vi } from 'vitest';
import type { Job, Queue, QueueCounts } from '../../src/queue/ports.js';

const SOON = { timeout: 20_000, interval: 20 };
/** Longer than any test runs. */
const NEVER_MS = 3_600_000;

interface Seen {
  readonly n: unknown;
  readonly attempt: number;
}

/** A handler that ends only when told to. */
function gate(): { readonly seen: Seen[]; work(job: Job): Promise<void>; open(): void } {
  const seen: Seen[] = [];
  const waiting: (() => void)[] = [];
  let isOpen = false;
  return {
    seen,
    work({ data, attempt }) {
      seen.push({ n: data['n'], attempt });
      return isOpen ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve));
    },
    open() {
      isOpen = true;
      for (const end of waiting.splice(0)) end();
    },
  };
}

/** `openQueue` gives an empty queue; the suite closes it. */
export function queueContract(openQueue: () => Promise<Queue>): void {
  const opened: Queue[] = [];

  async function open(): Promise<Queue> {
    const queue = await openQueue();
    opened.push(queue);
    return queue;
  }

  const soon = (queue: Queue, counts: Partial<QueueCounts>): Promise<void> =>
    vi.waitFor(async () => expect(await queue.counts('site-hints')).toMatchObject(counts), SOON);

  afterEach(async () => {
    for (const queue of opened.splice(0)) await queue.close();
  });

  test('does every job once, in the order in which they came', async () => {
    const queue = await open();
    for (let n = 0; n < 20; n += 1) await queue.add('site-hints', { n });
    const seen: unknown[] = [];
    queue.work('site-hints', async ({ data }) => void seen.push(data['n']), { concurrency: 1 });
    await vi.waitFor(() => expect(seen).toHaveLength(20), SOON);
    expect(seen).toEqual(Array.from({ length: 20 }, (_, n) => n));
    await soon(queue, { waiting: 0, active: 0, delayed: 0, dead: 0, oldestAgeMs: 0 });
  });

  test('works on no more at once than it was told, and on one name only', async () => {
    const queue = await open();
    const hints = gate();
    queue.work('site-hints', hints.work, { concurrency: 2 });
    for (let n = 0; n < 3; n += 1) await queue.add('site-hints', { n });
    await queue.add('clean-up', { n: 3 });
    await soon(queue, { active: 2, waiting: 1 });
    expect(await queue.counts('clean-up')).toMatchObject({ waiting: 1, active: 0 });
    expect(hints.seen).toHaveLength(2);
    hints.open();
    await soon(queue, { active: 0, waiting: 0 });
    expect(hints.seen).toHaveLength(3);
  });

  test('keeps back what has a delay, and does it in the end', async () => {
    const queue = await open();
    const seen: unknown[] = [];
    queue.work('site-hints', async ({ data }) => void seen.push(data['n']), { concurrency: 1 });
    await queue.add('site-hints', { n: 'much later' }, { delayMs: NEVER_MS });
    await queue.add('site-hints', { n: 'later' }, { delayMs: 300 });
    await queue.add('site-hints', { n: 'now' });
    await vi.waitFor(() => expect(seen).toEqual(['now', 'later']), SOON);
    await soon(queue, { delayed: 1, waiting: 0, oldestAgeMs: 0 });
  });

  test('tries again after each pause, with the number of the attempt, then counts it as dead', async () => {
    const queue = await open();
    const attempts: number[] = [];
    queue.work(
      'site-hints',
      async ({ attempt }) => {
        attempts.push(attempt);
        throw new Error('no');
      },
      { concurrency: 1 },
    );
    await queue.add('site-hints', { n: 1 }, { retryDelaysMs: [0, 40] });
    await soon(queue, { dead: 1, delayed: 0, waiting: 0, active: 0 });
    expect(attempts).toEqual([1, 2, 3]);
  });

  test('uses the pause of the attempt that failed', async () => {
    const queue = await open();
    const seen: Seen[] = [];
    queue.work(
      'site-hints',
      async ({ data, attempt }) => {
        seen.push({ n: data['n'], attempt });
        throw new Error('no');
      },
      { concurrency: 1 },
    );
    await queue.add('site-hints', { n: 1 }, { retryDelaysMs: [10, NEVER_MS] });
    await vi.waitFor(() => expect(seen).toHaveLength(2), SOON);
    await soon(queue, { dead: 0, delayed: 1, active: 0 });
  });

  test('a job that fails without pauses is dead at once, and a success is forgotten', async () => {
    const queue = await open();
    queue.work(
      'site-hints',
      async ({ data }) => {
        if (data['n'] === 1) throw new Error('no');
      },
      { concurrency: 1 },
    );
    await queue.add('site-hints', { n: 1 });
    await queue.add('site-hints', { n: 2 });
    await soon(queue, { dead: 1, waiting: 0, active: 0, delayed: 0 });
  });

  test('what waits under one key is one job, with the latest data', async () => {
    const queue = await open();
    const key = randomUUID();
    for (const n of ['old', 'newer', 'newest']) await queue.add('site-hints', { n }, { key });
    await queue.add('site-hints', { n: 'other' }, { key: randomUUID() });
    expect(await queue.counts('site-hints')).toMatchObject({ waiting: 2 });
    const seen: unknown[] = [];
    queue.work('site-hints', async ({ data }) => void seen.push(data['n']), { concurrency: 1 });
    await vi.waitFor(() => expect(seen).toEqual(['newest', 'other']), SOON);
  });

  test('what waits under one key is done at the earliest time that was asked for', async () => {
    const queue = await open();
    const seen: unknown[] = [];
    queue.work('site-hints', async ({ data }) => void seen.push(data['n']), { concurrency: 1 });
    await queue.add('site-hints', { n: 'a' }, { key: 'a', delayMs: NEVER_MS });
    await queue.add('site-hints', { n: 'b' }, { key: 'b', delayMs: NEVER_MS });
    await queue.add('site-hints', { n: 'c' }, { key: 'c', delayMs: 300 });
    await queue.add('site-hints', { n: 'a at once' }, { key: 'a' });
    await queue.add('site-hints', { n: 'b sooner' }, { key: 'b', delayMs: 50 });
    await queue.add('site-hints', { n: 'c, not later' }, { key: 'c', delayMs: NEVER_MS });
    await vi.waitFor(() => expect(seen.toSorted()).toHaveLength(3), SOON);
    expect(seen.toSorted()).toEqual(['a at once', 'b sooner', 'c, not later']);
  });

  test('a hint that comes while its job is being done is done afterwards, the last one once', async () => {
    const queue = await open();
    const hints = gate();
    queue.work('site-hints', hints.work, { concurrency: 4 });
    await queue.add('site-hints', { n: 'first' }, { key: 'site' });
    await soon(queue, { active: 1 });
    for (const n of ['second', 'third']) await queue.add('site-hints', { n }, { key: 'site' });
    expect(hints.seen).toHaveLength(1);
    hints.open();
    await soon(queue, { active: 0, waiting: 0 });
    expect(hints.seen.map((it) => it.n)).toEqual(['first', 'third']);
    await queue.add('site-hints', { n: 'fourth' }, { key: 'site' });
    await vi.waitFor(() => expect(hints.seen).toHaveLength(3), SOON);
  });

  test('the hint is done also when the job that was being done fails for good', async () => {
    const queue = await open();
    const hints = gate();
    const fail = async (job: Job): Promise<void> => {
      await hints.work(job);
      if (job.data['n'] === 'first') throw new Error('no');
    };
    queue.work('site-hints', fail, { concurrency: 1 });
    await queue.add('site-hints', { n: 'first' }, { key: 'site' });
    await soon(queue, { active: 1 });
    await queue.add('site-hints', { n: 'second' }, { key: 'site' });
    hints.open();
    await soon(queue, { active: 0, waiting: 0, dead: 1 });
    expect(hints.seen.map((it) => it.n)).toEqual(['first', 'second']);
  });

  test('a job between two attempts takes new data and goes on at once', async () => {
    const queue = await open();
    const seen: unknown[] = [];
    const fail = async ({ data }: Job): Promise<void> => {
      seen.push(data['n']);
      if (data['n'] === 'bad') throw new Error('no');
    };
    queue.work('site-hints', fail, { concurrency: 1 });
    const options = { key: 'site', retryDelaysMs: [NEVER_MS] };
    await queue.add('site-hints', { n: 'bad' }, options);
    await soon(queue, { delayed: 1, active: 0 });
    await queue.add('site-hints', { n: 'good' }, options);
    await soon(queue, { delayed: 0, waiting: 0, active: 0, dead: 0 });
    expect(seen).toEqual(['bad', 'good']);
  });

  test('says how old the oldest job is that nobody does', async () => {
    const queue = await open();
    await queue.add('site-hints', { n: 1 });
    await vi.waitFor(async () => {
      const { oldestAgeMs } = await queue.counts('site-hints');
      expect(oldestAgeMs).toBeGreaterThan(100);
    }, SOON);
  });

  test('closing lets the running job end and starts no other', async () => {
    const queue = await open();
    const hints = gate();
    queue.work('site-hints', hints.work, { concurrency: 1 });
    await queue.add('site-hints', { n: 1 });
    await soon(queue, { active: 1 });
    await queue.add('site-hints', { n: 2 });
    let isClosed = false;
    const closing = queue.close().then(() => {
      isClosed = true;
    });
    await expect(queue.add('site-hints', { n: 3 })).rejects.toMatchObject({
      code: 'queue-unavailable',
    });
    expect(isClosed).toBe(false);
    hints.open();
    await closing;
    expect(hints.seen).toEqual([{ n: 1, attempt: 1 }]);
  });
}
