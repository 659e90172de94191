/** What `busbar` says without a service: help, mistakes, settings. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { runBusbar } from '../support/served.js';

test('help shows examples first and is no failure; nothing at all is a wrong usage', async () => {
  const help = await runBusbar(['-h']);
  expect(help).toMatchObject({ code: 0, stderr: '' });
  expect(help.stdout).toMatch(/^Examples:\n {2}busbar doctor/);
  expect(await runBusbar([])).toMatchObject({ code: 2, stdout: '' });
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  expect(await runBusbar(['--version'])).toMatchObject({ code: 0, stdout: `${version}\n` });
});

test('a misspelt command is told what was meant', async () => {
  const { code, stdout, stderr } = await runBusbar(['station', 'lst']);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain('Did you mean list?');
});

test('without a key, or with a payload that is no JSON, it says what to do', async () => {
  const keyless = await runBusbar(['station', 'list']);
  expect(keyless.code).toBe(1);
  expect(keyless.stderr).toContain('set BUSBAR_API_KEY');
  const env = { BUSBAR_API_KEY: 'bb_00_x' };
  expect(await runBusbar(['station', 'command', 'CP01', 'Reset', '{'], env)).toMatchObject({
    code: 2,
    stderr: 'the payload is no JSON: {\n',
  });
  expect(await runBusbar(['--url', 'nowhere', 'station', 'list'], env)).toMatchObject({ code: 2 });
});

test('settings are printed with their origin and without their secrets', async () => {
  const env = { DATABASE_URL: 'postgres://u:hunter2@db/x', BUSBAR_PORT: '1234' };
  const { code, stdout } = await runBusbar(['config', 'print', '--ocpp-port', '4321'], env);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^port +1234 +env +BUSBAR_PORT +--port$/m);
  expect(stdout).toMatch(/^ocppPort +4321 +flag /m);
  expect(stdout).toMatch(/^logLevel +info +default /m);
  expect(stdout).not.toContain('hunter2');
});

test('doctor names every wrong setting, file and directory, and the port that somebody else holds', async () => {
  const holder = createServer();
  await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve));
  const address = holder.address();
  const port = typeof address === 'object' && address !== null ? String(address.port) : '';
  const wrong = ['--drain-ms', 'x', '--data-dir', 'package.json', '--bogus', '1'];
  const tls = ['--ocpp-tls-cert', 'missing.pem', '--ocpp-tls-key', 'missing.pem'];
  const args = ['doctor', '--json', '--port', port, '--ocpp-port', '0', ...wrong, ...tls];
  const { code, stdout } = await runBusbar(args, { LOG_LEVEL: 'loud' });
  holder.close();
  expect(code).toBe(3);
  const { checks } = JSON.parse(stdout) as { checks: { status: string; found: string }[] };
  const failures = checks.filter((it) => it.status === 'failed').map((it) => it.found);
  expect(failures).toEqual([
    expect.stringMatching(/^--bogus: unknown/) as string,
    expect.stringContaining('--drain-ms: "x"') as string,
    expect.stringContaining('LOG_LEVEL: "loud"') as string,
    expect.stringContaining(`${port} is in use`) as string,
    expect.stringContaining('missing.pem is not usable') as string,
    expect.stringContaining('package.json is not a directory') as string,
  ]);
  expect(failures[3]).toContain(`process ${process.pid}`);
});
