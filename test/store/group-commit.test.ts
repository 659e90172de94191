import { expect, test } from 'vitest';
import { groupCommit } from '../../src/store/group-commit.js';

interface Write {
  readonly items: readonly number[];
  readonly end: (error?: Error) => void;
}

/** A door whose writes end when the test says so; each result is ten times its item. */
function heldWrites(itemsMax: number) {
  const writes: Write[] = [];
  const batch = groupCommit<number, number>({
    itemsMax,
    isItemFault: (error) => error instanceof RangeError,
    write: (items) =>
      new Promise((resolve, reject) => {
        const end = (error?: Error): void =>
          error === undefined ? resolve(items.map((item) => item * 10)) : reject(error);
        writes.push({ items, end });
      }),
  });
  return { writes, batch };
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('what arrives during a write shares the next one, in the order of the calls', async () => {
  const { writes, batch } = heldWrites(100);
  const results = [batch.add([1]), batch.add([2, 3]), batch.add([4])];
  expect(writes.map((write) => write.items)).toStrictEqual([[1]]);
  writes[0]?.end();
  expect(await results[0]).toStrictEqual([10]);
  await settle();
  expect(writes.map((write) => write.items)).toStrictEqual([[1], [2, 3, 4]]);
  writes[1]?.end();
  expect(await Promise.all(results)).toStrictEqual([[10], [20, 30], [40]]);
});

test('nobody is answered before the write that holds their items has ended', async () => {
  const { writes, batch } = heldWrites(100);
  const first = batch.add([1]);
  let answered = false;
  const second = batch.add([2]).then((result) => {
    answered = true;
    return result;
  });
  writes[0]?.end();
  await first;
  await settle();
  expect(answered).toBe(false);
  writes[1]?.end();
  expect(await second).toStrictEqual([20]);
});

test('a failed write rejects each of its callers, and the next write goes on', async () => {
  const { writes, batch } = heldWrites(100);
  const first = batch.add([1]);
  const shared = [batch.add([2]), batch.add([3])];
  writes[0]?.end();
  await first;
  await settle();
  writes[1]?.end(new Error('down'));
  const ends = await Promise.allSettled(shared);
  expect(ends.map((end) => end.status)).toStrictEqual(['rejected', 'rejected']);
  const later = batch.add([4]);
  await settle();
  writes[2]?.end();
  expect(await later).toStrictEqual([40]);
});

test('an item that cannot be stored fails its own caller alone', async () => {
  const { writes, batch } = heldWrites(100);
  const first = batch.add([1]);
  const shared = Promise.allSettled([batch.add([2]), batch.add([-3]), batch.add([4])]);
  writes[0]?.end();
  await first;
  await settle();
  writes[1]?.end(new RangeError('bad item'));
  await settle();
  expect(writes[2]?.items).toStrictEqual([2]);
  writes[2]?.end();
  await settle();
  writes[3]?.end(new RangeError('bad item'));
  await settle();
  writes[4]?.end();
  const ends = await shared;
  expect(ends.map((end) => end.status)).toStrictEqual(['fulfilled', 'rejected', 'fulfilled']);
});

test('a write holds no more items than allowed, unless one caller brings more', async () => {
  const { writes, batch } = heldWrites(3);
  const results = [batch.add([1]), batch.add([2, 3]), batch.add([4, 5]), batch.add([6, 7, 8, 9])];
  for (let index = 0; index < 4; index += 1) {
    await settle();
    writes[index]?.end();
  }
  await Promise.all(results);
  expect(writes.map((write) => write.items)).toStrictEqual([[1], [2, 3], [4, 5], [6, 7, 8, 9]]);
});
