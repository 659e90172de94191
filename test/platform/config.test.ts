import { expect, test } from 'vitest';
import { describeConfig, readConfig } from '../../src/platform/config.js';

test('defaults listen on this machine only and run at real time', () => {
  expect(readConfig({ args: [], env: {} })).toMatchObject({
    host: '127.0.0.1',
    port: 8080,
    ocppPort: 9000,
    databaseUrl: undefined,
    dataDir: undefined,
    clockSpeed: 1,
    logLevel: 'info',
  });
});

test('a flag wins over the environment, the environment over the default', () => {
  const env = { BUSBAR_PORT: '8181', BUSBAR_OCPP_PORT: '9191' };
  const config = readConfig({ args: ['--port', '1234', '--log-level=warn'], env });
  expect(config).toMatchObject({ port: 1234, ocppPort: 9191, logLevel: 'warn' });
});

test('an empty variable counts as not set', () => {
  expect(readConfig({ args: [], env: { BUSBAR_DATA_DIR: '' } }).dataDir).toBeUndefined();
});

test('all errors are reported at once, each with its field and what is allowed', () => {
  const env = { BUSBAR_PORT: '70000', LOG_LEVEL: 'loud', BUSBAR_CALL_TIMEOUT_MS: '1e9' };
  const args = ['--ocpp-port', 'nine', '--nonsense', '--clock-speed'];
  let message = '';
  try {
    readConfig({ args, env });
  } catch (error) {
    expect(error).toMatchObject({ code: 'config-invalid', retriable: false });
    message = (error as Error).message;
  }
  expect(message).toContain('BUSBAR_PORT: "70000" is not a whole number from 0 to 65535');
  expect(message).toContain('--ocpp-port: "nine" is not a whole number from 0 to 65535');
  expect(message).toContain('LOG_LEVEL: "loud" is not one of debug, info, warn, error, silent');
  expect(message).toContain('BUSBAR_CALL_TIMEOUT_MS: "1e9" is not a whole number from 100 to');
  expect(message).toContain('--nonsense: unknown');
  expect(message).toContain('--clock-speed: a value is missing');
  expect(message.split('\n')).toHaveLength(7);
});

test.each([
  { note: 'one half of the origin', env: { BUSBAR_CLOCK_ORIGIN_SITE_MS: '5' }, says: 'both or' },
  { note: 'a speed without an origin', env: { BUSBAR_CLOCK_SPEED: '20' }, says: 'other than 1' },
  { note: 'one port for two servers', env: { BUSBAR_PORT: '9000' }, says: 'must differ' },
  {
    note: 'stations without a secret from anywhere',
    env: { BUSBAR_ALLOW_UNAUTHENTICATED_STATIONS: 'yes', BUSBAR_HOST: '0.0.0.0' },
    says: 'only where BUSBAR_HOST is 127.0.0.1',
  },
  { note: 'half of a TLS key pair', env: { BUSBAR_OCPP_TLS_CERT: '/c.pem' }, says: 'both or' },
  {
    note: 'an authority without TLS',
    env: { BUSBAR_OCPP_TLS_CLIENT_CA: '/ca.pem' },
    says: 'needs BUSBAR_OCPP_TLS_CERT',
  },
  { note: 'a URL of another database', env: { DATABASE_URL: 'mysql://x/y' }, says: 'postgres://' },
])('refuses $note', ({ env, says }) => {
  expect(() => readConfig({ args: [], env })).toThrow(says);
});

test('a password is neither in the description nor in an error', () => {
  const databaseUrl = 'postgres://bus:hunter2@db:5432/busbar';
  const config = readConfig({ args: [], env: { DATABASE_URL: databaseUrl } });
  expect(config.databaseUrl).toBe(databaseUrl);
  const shown = JSON.stringify(describeConfig(config));
  expect(shown).toContain('postgres://bus:[redacted]@db:5432/busbar');
  expect(shown).not.toContain('hunter2');
  const wrong = { DATABASE_URL: 'mysql://bus:hunter2@db/busbar' };
  expect(() => readConfig({ args: [], env: wrong })).toThrow(
    expect.not.objectContaining({ message: expect.stringContaining('hunter2') as string }) as Error,
  );
});
