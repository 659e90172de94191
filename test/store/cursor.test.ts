import { expect, test } from 'vitest';
import { fromCursor, toCursor } from '../../src/store/cursor.js';

test('a cursor brings its sort key back', () => {
  expect(fromCursor(toCursor({ atMs: 1_700_000_000_123, id: 'a:1' }), 'string')).toStrictEqual({
    atMs: 1_700_000_000_123,
    id: 'a:1',
  });
  expect(fromCursor(toCursor({ atMs: 0, id: 7 }), 'number')).toStrictEqual({ atMs: 0, id: 7 });
});

test.each([
  ['', 'nothing'],
  ['!!!', 'no base64url'],
  [Buffer.from('{}').toString('base64url'), 'no pair'],
  [Buffer.from('[1]').toString('base64url'), 'half a pair'],
  [Buffer.from('["1","a"]').toString('base64url'), 'an instant that is text'],
  [Buffer.from('[1.5,"a"]').toString('base64url'), 'an instant that is no whole number'],
  [Buffer.from('[1,2]').toString('base64url'), 'an id of the wrong kind'],
])('refuses %j: %s', (cursor) => {
  expect(() => fromCursor(cursor, 'string')).toThrow(
    expect.objectContaining({ code: 'cursor-invalid' }) as Error,
  );
});
