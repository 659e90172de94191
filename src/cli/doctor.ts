/** `busbar doctor`: everything that can be wrong around the service, at once, with what to do. */
import { explainConfig } from '../platform/config.js';
import { type CheckResult, type CheckStatus, failed, ok } from './checks/check.js';
import { checkDisk } from './checks/disk.js';
import { checkOcppTls } from './checks/ocpp-tls.js';
import { checkPorts } from './checks/ports.js';
import { checkPostgres } from './checks/postgres.js';
import { checkRedis } from './checks/redis.js';
import { checkTls } from './checks/tls.js';
import { EXIT, type ExitCode, type Output } from './output.js';

const MARKS: Readonly<Record<CheckStatus, readonly ['green' | 'yellow' | 'red' | 'grey', string]>> =
  {
    ok: ['green', 'ok     '],
    warning: ['yellow', 'warning'],
    failed: ['red', 'failed '],
    none: ['grey', '-      '],
  };

/** Ends `ok` with warnings, `checkFailed` when anything failed. */
export async function doctor(args: readonly string[], output: Output): Promise<ExitCode> {
  const { config, errors } = explainConfig({ args, env: process.env });
  const { databaseUrl, redisUrl, dataDir, publicUrl } = config;
  output.progress('looking at ports, clock, PostgreSQL, Redis, TLS and disk');
  const checks: readonly CheckResult[] = [
    ...configurationChecks(errors),
    ...(await checkPorts(config)),
    ...(await checkPostgres(databaseUrl)),
    await checkRedis(redisUrl),
    await checkTls(publicUrl),
    checkOcppTls(config),
    await checkDisk({ dataDir, databaseUrl }),
  ];
  const isWell = checks.every(({ status }) => status !== 'failed');
  output.result({ status: isWell ? 'ok' : 'failed', checks }, () => inWords(checks, output));
  return isWell ? EXIT.ok : EXIT.checkFailed;
}

function configurationChecks(errors: readonly string[]): readonly CheckResult[] {
  const name = 'configuration';
  if (errors.length === 0) return [ok(name, 'every setting is allowed')];
  return errors.map((error) => failed(name, error, 'see `busbar config print`'));
}

function inWords(checks: readonly CheckResult[], output: Output): string {
  const width = Math.max(...checks.map(({ name }) => name.length));
  return checks
    .flatMap(({ name, status, found, fix }) => {
      const [colour, mark] = MARKS[status];
      const line = `${output.paint(colour, mark)}  ${name.padEnd(width)}  ${found}`;
      return fix === undefined ? [line] : [line, `${' '.repeat(width + 11)}${fix}`];
    })
    .join('\n');
}
