import { expect, test } from 'vitest';
import { CpmsError } from '../../src/platform/errors.js';
import { createLog } from '../../src/platform/log.js';

function written(write: (log: ReturnType<typeof createLog>) => void, level = 'info' as const) {
  const lines: string[] = [];
  write(createLog({ level, stream: { write: (line) => void lines.push(line) } }));
  return lines;
}

test('one line of JSON each, whatever is in the values', () => {
  const lines = written((log) => log.warn({ vendor: 'a\nb\u2028"', n: 1 }, 'two\nlines'));
  expect(lines).toHaveLength(1);
  expect(lines[0]?.trimEnd()).not.toContain('\n');
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ vendor: 'a\nb "', msg: 'two\nlines' });
});

test('secrets are redacted wherever they stand', () => {
  const [line = ''] = written((log) =>
    log.info(
      {
        password: 'p1',
        deep: { list: [{ stationSecret: 'p2', idToken: 'p3' }] },
        headers: { authorization: 'Basic p4', cookie: 'p5' },
        url: 'postgres://u:p6@h/d',
        secretMac: Buffer.from('p7'),
        stationId: 'st1',
      },
      'key bb_0011aabb_p8-secret and wss://st:p9@host/',
    ),
  );
  expect(line).not.toMatch(/p[1-9]/);
  expect(JSON.parse(line)).toMatchObject({ stationId: 'st1', url: 'postgres://u:[redacted]@h/d' });
});

test('an error shows its code, its stack and its cause', () => {
  const cause = new Error('connect ECONNREFUSED');
  const err = new CpmsError('database-unavailable', 'away', { retriable: true, cause });
  const [line = ''] = written((log) => log.error({ err }, 'failed'));
  expect(JSON.parse(line)).toMatchObject({
    err: { code: 'database-unavailable', message: 'away', cause: { message: cause.message } },
  });
});

test('a line stays one line, whatever a station wrote', () => {
  const [line = ''] = written((log) =>
    log.info({ note: 'a\nb\u2028c\u2029d\u0085e\u202ef\u009bg' }, 'said\r\nmore'),
  );
  expect(line.trimEnd()).not.toMatch(/[\n\r\u2028\u2029\u0085\u202e\u009b]/);
  expect(JSON.parse(line)).toMatchObject({ note: 'a\nb c d e f g', msg: 'said\r\nmore' });
});

test('lines below the level are not written', () => {
  expect(written((log) => log.info({}, 'x'), 'error' as never)).toHaveLength(0);
});

test('in words, still one line, with the context of the request', () => {
  const lines: string[] = [];
  const log = createLog({
    level: 'info',
    format: 'text',
    stream: { write: (line) => void lines.push(line) },
    context: () => ({ requestId: 'r1' }),
  });
  log.warn({ n: 1, vendor: 'a\nb' }, 'away');
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(
    /^\d\d:\d\d:\d\d\.\d{3} warn {2}away requestId=r1 n=1 vendor="a\\nb"\n$/,
  );
});
