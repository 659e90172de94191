/** The first file of a multipart body (RFC 7578), as a stream: nothing is held but a boundary's length. */
import { Transform, type TransformCallback } from 'node:stream';

/** Of a part's headers; more is no form. */
const HEADER_BYTES_MAX = 16 * 1024;
const HEADER_END = Buffer.from('\r\n\r\n');
const FILE_PART = /content-disposition:[^\r\n]*;\s*filename\*?=/i;

/** The boundary of a multipart content type; undefined for any other. */
export function boundaryOf(contentType: string | undefined): string | undefined {
  if (!/^multipart\//i.test(contentType ?? '')) return undefined;
  const [, quoted, plain] =
    /;\s*boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))/i.exec(contentType ?? '') ?? [];
  return quoted ?? plain;
}

/** The body is not what its content type says. */
export class NotMultipart extends Error {}

type State = 'preamble' | 'headers' | 'content' | 'done';

/**
 * Passes on the content of the first part that has a file name: fields before it are skipped, what
 * follows it is ignored. Fails with NotMultipart when there is no such part, or when the
 * body ends inside it.
 */
export function firstPart(boundary: string): Transform {
  // The line break before a boundary belongs to the boundary; the very first one has none.
  const delimiter = Buffer.from(`\r\n--${boundary}`);
  let state: State = 'preamble';
  let isFile = false;
  let held: Buffer = Buffer.from('\r\n');

  /** `held` starts with the line break after a delimiter. */
  const readHeaders = (): boolean => {
    const end = held.indexOf(HEADER_END);
    if (end < 0 && held.length > HEADER_BYTES_MAX) throw new NotMultipart('endless part headers');
    if (end < 0) return false;
    isFile = FILE_PART.test(held.toString('latin1', 0, end));
    held = held.subarray(end + HEADER_END.length);
    state = 'content';
    return true;
  };

  /** Looks for the next delimiter; what cannot be part of it is content or preamble. */
  const seekDelimiter = (emit: (chunk: Buffer) => void): boolean => {
    const at = held.indexOf(delimiter);
    const safe = at >= 0 ? at : Math.max(0, held.length - delimiter.length + 1);
    const isWanted = state === 'content' && isFile;
    if (isWanted && safe > 0) emit(held.subarray(0, safe));
    held = held.subarray(safe);
    if (at < 0) return false;
    if (isWanted) {
      state = 'done';
      return true;
    }
    if (held.length < delimiter.length + 2) return false;
    const isLast = held.toString('latin1', delimiter.length, delimiter.length + 2) === '--';
    if (isLast) throw new NotMultipart('no file in the form');
    held = held.subarray(delimiter.length);
    state = 'headers';
    return true;
  };

  /** False: more bytes are needed. */
  const step = (emit: (chunk: Buffer) => void): boolean => {
    if (state === 'headers') return readHeaders();
    if (state !== 'done') return seekDelimiter(emit);
    held = Buffer.alloc(0);
    return false;
  };

  return new Transform({
    transform(chunk: Buffer, _encoding, done: TransformCallback) {
      held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
      try {
        let hasMore = true;
        while (hasMore) hasMore = step((content) => this.push(content));
        done();
      } catch (error) {
        done(error as Error);
      }
    },
    flush(done: TransformCallback) {
      done(state === 'done' ? null : new NotMultipart('the form ends before its file does'));
    },
  });
}
