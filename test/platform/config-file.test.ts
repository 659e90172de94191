import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { explainConfig, readConfig } from '../../src/platform/config.js';

const directory = mkdtempSync(join(tmpdir(), 'busbar-c-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

let count = 0;
function file(text: string): string {
  count += 1;
  const path = join(directory, `settings-${count}`);
  writeFileSync(path, text);
  return path;
}

test.each([
  ['JSON', '{"port": 1111, "logLevel": "warn", "redisUrl": "redis://:pw@cache:6379"}'],
  [
    'lines',
    '# ours\nBUSBAR_PORT=1111\n\nexport LOG_LEVEL = "warn"\r\nREDIS_URL=redis://:pw@cache:6379\nBUSBAR_HOST=\n',
  ],
])('a file of %s is read below flag and environment', (_kind, text) => {
  const path = file(text);
  expect(readConfig({ args: ['--config', path], env: {} })).toMatchObject({
    host: '127.0.0.1',
    port: 1111,
    logLevel: 'warn',
    redisUrl: 'redis://:pw@cache:6379',
  });
  const env = { BUSBAR_CONFIG: path, BUSBAR_PORT: '2222', LOG_LEVEL: 'error' };
  const { entries, errors } = explainConfig({ args: ['--port', '3333'], env });
  expect(errors).toEqual([]);
  const of = (name: string) => entries.find((it) => it.name === name);
  expect(of('port')).toMatchObject({ value: 3333, origin: 'flag' });
  expect(of('logLevel')).toMatchObject({ value: 'error', origin: 'env' });
  expect(of('redisUrl')).toMatchObject({ value: 'redis://:[redacted]@cache:6379', origin: 'file' });
  expect(of('ocppPort')).toMatchObject({ value: 9000, origin: 'default' });
  expect(of('configFile')).toMatchObject({ value: path, origin: 'env' });
});

test('what is wrong in a file is told with the rest, with its place', () => {
  const path = file('BUSBAR_PORT=no\nBUSBAR_PROT=1\nnonsense\nLOG_LEVEL=info\nLOG_LEVEL=warn\n');
  const { errors } = explainConfig({ args: ['--drain-ms', '1e9'], env: { BUSBAR_CONFIG: path } });
  expect(errors).toEqual([
    `${path}:2: BUSBAR_PROT is not a setting`,
    `${path}:3: must read NAME=value`,
    `${path}:5: LOG_LEVEL is given twice`,
    `${path}:1 BUSBAR_PORT: "no" is not a whole number from 0 to 65535`,
    '--drain-ms: "1e9" is not a whole number from 0 to 30000',
  ]);
});

test.each([
  ['{"port": 1', 'is no JSON'],
  ['{"prot": 1}', 'prot is not a setting'],
  ['{"port": true}', 'port must be a text or a number'],
  ['{"configFile": "other"}', 'configFile is not a setting'],
])('refuses %s', (text, says) => {
  expect(() => readConfig({ args: [], env: { BUSBAR_CONFIG: file(text) } })).toThrow(says);
});

test('a file that is not there is an error, not an empty file', () => {
  const path = join(directory, 'missing');
  expect(() => readConfig({ args: [`--config=${path}`], env: {} })).toThrow('ENOENT');
});
