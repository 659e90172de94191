import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { boundaryOf, firstPart } from '../../src/upkeep/transfer/first-part.js';

async function contentOf(
  body: Buffer,
  boundary: string,
  sizes: readonly number[],
): Promise<Buffer> {
  const part = firstPart(boundary);
  const received: Buffer[] = [];
  part.on('data', (chunk: Buffer) => received.push(chunk));
  await pipeline(Readable.from(cut(body, sizes)), part);
  return Buffer.concat(received);
}

/** The body in pieces of these sizes, the rest in one. */
function cut(body: Buffer, sizes: readonly number[]): Buffer[] {
  const pieces: Buffer[] = [];
  let at = 0;
  for (const size of sizes) {
    pieces.push(body.subarray(at, at + size));
    at += size;
  }
  return [...pieces, body.subarray(at)].filter((piece) => piece.length > 0);
}

const B = 'x-7d0Boundary';
const field = `--${B}\r\nContent-Disposition: form-data; name="note"\r\n\r\nhello\r\n`;
const fileHead = `--${B}\r\nContent-Disposition: form-data; name="f"; filename="a.gz"\r\nContent-Type: application/gzip\r\n\r\n`;
const end = `\r\n--${B}--\r\n`;

function form(content: Buffer, before = '', after = end): Buffer {
  return Buffer.concat([Buffer.from(before + fileHead), content, Buffer.from(after)]);
}

test('whatever the file holds and however the body is cut, the file comes out', async () => {
  const nasty = fc.constantFrom('\r\n', '--', `\r\n--${B.slice(0, 5)}`, '\r', 'plain');
  const content = fc
    .array(fc.oneof(nasty, fc.string({ maxLength: 20 })), { maxLength: 12 })
    .map((parts) => Buffer.from(parts.join('')));
  const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(content, sizes, fc.boolean(), async (file, pieces, hasField) => {
      const body = form(file, hasField ? field : '');
      expect((await contentOf(body, B, pieces)).equals(file)).toBe(true);
    }),
    { numRuns: 300 },
  );
});

test('what follows the file is ignored', async () => {
  const body = form(Buffer.from('file'), 'preamble\r\n', `\r\n${fileHead}second${end}`);
  expect((await contentOf(body, B, [3, 50])).toString()).toBe('file');
});

test.each([
  ['no file in it', Buffer.from(`${field}--${B}--\r\n`), 'no file'],
  ['an end inside the file', form(Buffer.from('file'), '', ''), 'ends before'],
  ['nothing at all', Buffer.from(''), 'ends before'],
  [
    'headers without end',
    Buffer.from(`--${B}\r\nContent-Disposition: form-data; ${'x'.repeat(40_000)}`),
    'endless',
  ],
])('refuses a form with %s', async (_note, body, message) => {
  await expect(contentOf(body, B, [10, 10])).rejects.toThrow(message);
});

test.each([
  ['multipart/form-data; boundary=abc', 'abc'],
  ['multipart/form-data; charset=utf-8; boundary="a b;c"', 'a b;c'],
  ['Multipart/Mixed; Boundary=q', 'q'],
  ['application/octet-stream', undefined],
  ['multipart/form-data', undefined],
  [undefined, undefined],
])('reads the boundary of %j', (contentType, boundary) => {
  expect(boundaryOf(contentType)).toBe(boundary);
});
