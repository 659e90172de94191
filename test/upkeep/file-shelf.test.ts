import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FileTooLarge, openFileShelf } from '../../src/upkeep/transfer/file-shelf.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shelf-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const bytes = Buffer.alloc(100_000, 'busbar');

test('keeps a file with its size and hash, gives it back whole or in part, and removes it', async () => {
  const shelf = await openFileShelf(folder);
  const stored = await shelf.put(Readable.from([bytes]), 100_000);
  expect(stored).toMatchObject({
    sizeBytes: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
  });
  expect((await buffer(shelf.read(stored.fileKey))).equals(bytes)).toBe(true);
  const part = await buffer(shelf.read(stored.fileKey, { start: 10, end: 19 }));
  expect(part.equals(bytes.subarray(10, 20))).toBe(true);
  await shelf.remove(stored.fileKey);
  await shelf.remove(stored.fileKey);
  expect(await readdir(folder)).toEqual([]);
});

test('keeps nothing of a file that is too large, or that breaks off', async () => {
  const shelf = await openFileShelf(folder);
  await expect(shelf.put(Readable.from([bytes]), 99_999)).rejects.toThrow(FileTooLarge);
  const broken = Readable.from(
    (async function* () {
      yield bytes;
      throw new Error('gone');
    })(),
  );
  await expect(shelf.put(broken, 1_000_000)).rejects.toThrow('gone');
  expect(await readdir(folder)).toEqual([]);
});

test('clears what an earlier process did not finish', async () => {
  await writeFile(join(folder, 'half.part'), 'half');
  await writeFile(join(folder, 'whole'), 'whole');
  await openFileShelf(folder);
  expect(await readdir(folder)).toEqual(['whole']);
});
