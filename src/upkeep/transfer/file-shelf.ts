/** Files that stations send or fetch: streamed to and from a folder of the data directory. */
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';

export interface StoredFile {
  /** Names it on the shelf. */
  readonly fileKey: string;
  readonly sizeBytes: number;
  /** Hex. */
  readonly sha256: string;
}

/** The file is larger than it may be; nothing of it is kept. */
export class FileTooLarge extends Error {}

export interface FileShelf {
  /** Rejects with FileTooLarge, or with what the stream failed with; then nothing is kept. */
  put(content: Readable, sizeMaxBytes: number): Promise<StoredFile>;
  /** Bytes `start` to `end`, both included. */
  read(fileKey: string, range?: { readonly start: number; readonly end: number }): Readable;
  /** Nothing happens where it is gone already. */
  remove(fileKey: string): Promise<void>;
}

const UNFINISHED = '.part';

/** Opens the folder and clears what an earlier process did not finish. */
export async function openFileShelf(folder: string): Promise<FileShelf> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (const name of await readdir(folder)) {
    if (name.endsWith(UNFINISHED)) await rm(join(folder, name), { force: true });
  }
  const pathOf = (fileKey: string): string => join(folder, fileKey);

  return {
    async put(content, sizeMaxBytes) {
      const fileKey = randomUUID();
      const unfinished = `${pathOf(fileKey)}${UNFINISHED}`;
      const hash = createHash('sha256');
      let sizeBytes = 0;
      const measure = new Transform({
        transform(chunk: Buffer, _encoding, done) {
          sizeBytes += chunk.length;
          if (sizeBytes > sizeMaxBytes) return done(new FileTooLarge(`over ${sizeMaxBytes} bytes`));
          hash.update(chunk);
          done(null, chunk);
        },
      });
      try {
        await pipeline(
          content,
          measure,
          createWriteStream(unfinished, { mode: 0o600, flush: true }),
        );
        await rename(unfinished, pathOf(fileKey));
      } catch (error) {
        await rm(unfinished, { force: true });
        throw error;
      }
      return { fileKey, sizeBytes, sha256: hash.digest('hex') };
    },
    read: (fileKey, range) => createReadStream(pathOf(fileKey), range),
    remove: (fileKey) => rm(pathOf(fileKey), { force: true }),
  };
}
