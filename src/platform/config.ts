/** All configuration of the service: flag, environment, file, default, in this order; checked once. */
import { parseRanges } from '../outbound/addresses.js';
import { type ConfigFile, readConfigFile } from './config-file.js';
import { CpmsError } from './errors.js';
import { LOG_FORMATS, LOG_LEVELS } from './log.js';
import { parseProxies } from './proxies.js';
import { redact, redactText } from './redact.js';

interface Field<T> {
  readonly flag: string;
  readonly env: string;
  /** What is allowed, in words. */
  readonly range: string;
  /** Undefined: not allowed. */
  readonly parse: (text: string) => T | undefined;
  readonly fallback: T;
}

const FIELDS = {
  configFile: optional('config', 'BUSBAR_CONFIG', {
    range: 'a file: JSON with the names of `busbar config print`, or lines of NAME=value',
    allows: (value) => value.trim() !== '',
  }),
  host: text({ flag: 'host', env: 'BUSBAR_HOST', range: 'an address to listen on' }, '127.0.0.1'),
  port: integer({ flag: 'port', env: 'BUSBAR_PORT' }, [0, 65_535], 8080),
  ocppPort: integer({ flag: 'ocpp-port', env: 'BUSBAR_OCPP_PORT' }, [0, 65_535], 9000),
  databaseUrl: optional('database-url', 'DATABASE_URL', {
    range: 'postgres://user:password@host:port/database',
    allows: (value) => /^postgres(?:ql)?:\/\/\S+$/.test(value),
  }),
  databaseConnectionsMax: integer(
    { flag: 'database-connections-max', env: 'BUSBAR_DATABASE_CONNECTIONS_MAX' },
    [2, 50],
    10,
  ),
  dataDir: optional('data-dir', 'BUSBAR_DATA_DIR', {
    range: 'a directory, kept between runs',
    allows: (value) => value.trim() !== '' && !value.includes('\0'),
  }),
  fileRetentionDays: integer(
    { flag: 'file-retention-days', env: 'BUSBAR_FILE_RETENTION_DAYS' },
    [1, 3650],
    90,
  ),
  certificateSigning: choice(
    { flag: 'certificate-signing', env: 'BUSBAR_CERTIFICATE_SIGNING' },
    ['installation', 'operator', 'off'],
    'installation',
  ),
  certificateOrganisation: optional('certificate-organisation', 'BUSBAR_CERTIFICATE_ORGANISATION', {
    range: '1 to 64 characters',
    allows: (value) => /^[^\p{Cc}]{1,64}$/u.test(value.trim()),
  }),
  retentionDays: integer({ flag: 'retention-days', env: 'BUSBAR_RETENTION_DAYS' }, [7, 3650], 400),
  ocppLogDays: integer({ flag: 'ocpp-log-days', env: 'BUSBAR_OCPP_LOG_DAYS' }, [1, 3650], 90),
  smtpUrl: optional('smtp-url', 'BUSBAR_SMTP_URL', {
    range: 'smtp://user:password@host:port or smtps://...',
    allows: (value) => /^smtps?:\/\/\S+$/.test(value) && URL.canParse(value),
  }),
  mailFrom: optional('mail-from', 'BUSBAR_MAIL_FROM', {
    range: 'a mail address',
    allows: (value) => /^[^\s@<>]+@[^\s@<>]+$/.test(value),
  }),
  outboundAllow: optional('outbound-allow', 'BUSBAR_OUTBOUND_ALLOW', {
    range: 'a list of CIDR ranges, such as 192.168.7.0/24,fd00::/8',
    allows: (value) => parseRanges(value) !== undefined,
  }),
  redisUrl: optional('redis-url', 'REDIS_URL', {
    range: 'redis://user:password@host:port, rediss:// for TLS, or the path of a socket',
    allows: (value) => /^(?:rediss?:\/\/|unix:\/\/|\/)\S+$/.test(value),
  }),
  drainMs: integer({ flag: 'drain-ms', env: 'BUSBAR_DRAIN_MS' }, [0, 30_000], 10_000),
  clockOriginSiteMs: optionalInteger('clock-origin-site-ms', 'BUSBAR_CLOCK_ORIGIN_SITE_MS'),
  clockOriginRealMs: optionalInteger('clock-origin-real-ms', 'BUSBAR_CLOCK_ORIGIN_REAL_MS'),
  clockSpeed: real({ flag: 'clock-speed', env: 'BUSBAR_CLOCK_SPEED' }, [0.1, 1000], 1),
  /** The time in which a cut is in force counts two of these (X_on). */
  callTimeoutMs: integer(
    { flag: 'call-timeout-ms', env: 'BUSBAR_CALL_TIMEOUT_MS' },
    [100, 300_000],
    10_000,
  ),
  allowUnauthenticatedStations: choice(
    {
      flag: 'allow-unauthenticated-stations',
      env: 'BUSBAR_ALLOW_UNAUTHENTICATED_STATIONS',
    },
    ['no', 'yes'],
    'no',
  ),
  ocppTlsCert: file('ocpp-tls-cert', 'BUSBAR_OCPP_TLS_CERT'),
  ocppTlsKey: file('ocpp-tls-key', 'BUSBAR_OCPP_TLS_KEY'),
  ocppTlsClientCa: file('ocpp-tls-client-ca', 'BUSBAR_OCPP_TLS_CLIENT_CA'),
  ocppTlsClientOrganization: optional(
    'ocpp-tls-client-organization',
    'BUSBAR_OCPP_TLS_CLIENT_ORGANIZATION',
    { range: "the organization in stations' certificates", allows: (value) => value.trim() !== '' },
  ),
  unknownStationStatus: choice(
    { flag: 'unknown-station-status', env: 'BUSBAR_UNKNOWN_STATION_STATUS' },
    ['404', '401'],
    '404',
  ),
  publicUrl: optional('public-url', 'BUSBAR_PUBLIC_URL', {
    range:
      'the origin of the dashboard and API as browsers and stations see it, such as https://busbar.example.com',
    allows: (value) => URL.canParse(value) && new URL(value).origin === value,
  }),
  trustProxy: optional('trust-proxy', 'BUSBAR_TRUST_PROXY', {
    range: 'addresses or networks of reverse proxies, separated by commas',
    allows: (value) => parseProxies(value) !== undefined,
  }),
  ownerEmail: optional('owner-email', 'BUSBAR_OWNER_EMAIL', {
    range: 'an e-mail address',
    allows: (value) => /^[^\s@]{1,64}@[^\s@]{1,189}$/.test(value),
  }),
  logLevel: choice({ flag: 'log-level', env: 'LOG_LEVEL' }, LOG_LEVELS, 'info'),
  logFormat: choice({ flag: 'log-format', env: 'LOG_FORMAT' }, LOG_FORMATS, 'json'),
} as const;

/** Of every field: its name here and in JSON, and that of its variable. */
const NAMES = Object.entries<Field<unknown>>(FIELDS).map(([name, { env }]) => ({ name, env }));

type Fields = typeof FIELDS;
export type Config = { readonly [Name in keyof Fields]: Fields[Name]['fallback'] };

export interface ConfigSources {
  /** Without the program: `--port 8080` or `--port=8080`. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
}

export type ConfigOrigin = 'flag' | 'env' | 'file' | 'default';

/** One field as it is in effect. */
export interface ConfigEntry {
  readonly name: string;
  readonly flag: string;
  readonly env: string;
  /** Secrets hidden; undefined: not set. */
  readonly value: unknown;
  readonly origin: ConfigOrigin;
}

interface Resolved {
  readonly config: Config;
  readonly origins: ReadonlyMap<string, ConfigOrigin>;
  readonly errors: readonly string[];
}

/** Throws one `config-invalid` that names every wrong field and its allowed range. */
export function readConfig(sources: ConfigSources): Config {
  const { config, errors } = resolve(sources);
  if (errors.length === 0) return config;
  const message = `configuration: ${errors.length} wrong\n${errors.map((e) => `  ${e}`).join('\n')}`;
  throw new CpmsError('config-invalid', message, { retriable: false });
}

/**
 * Every field with its value and where that came from, and all that is wrong; throws nothing. In
 * `config` a wrong field has its default.
 */
export function explainConfig(sources: ConfigSources): {
  readonly config: Config;
  readonly entries: readonly ConfigEntry[];
  readonly errors: readonly string[];
} {
  const { config, origins, errors } = resolve(sources);
  const shown = describeConfig(config);
  const entries = Object.entries<Field<unknown>>(FIELDS).map(([name, { flag, env }]) => ({
    name,
    flag,
    env,
    value: shown[name],
    origin: origins.get(name) ?? 'default',
  }));
  return { config, entries, errors };
}

/** One field per name, for the log at start; passwords hidden. */
export function describeConfig(config: Config): Record<string, unknown> {
  return redact({ ...config }) as Record<string, unknown>;
}

function resolve(sources: ConfigSources): Resolved {
  const errors: string[] = [];
  const flags = readFlags(sources.args, errors);
  const given: Given = { flags, env: sources.env, file: undefined, errors };
  const path = readField('configFile', given).value;
  const file = typeof path === 'string' ? readConfigFile(path, NAMES, errors) : undefined;
  const values: Record<string, unknown> = {};
  const origins = new Map<string, ConfigOrigin>();
  for (const name of Object.keys(FIELDS)) {
    const { value, origin } = readField(name, { ...given, file });
    values[name] = value;
    origins.set(name, origin);
  }
  const config = values as Config;
  errors.push(...contradictions(config));
  return { config, origins, errors };
}

function readFlags(args: readonly string[], errors: string[]): ReadonlyMap<string, string> {
  const known = new Set(Object.values(FIELDS).map((field) => field.flag as string));
  const flags = new Map<string, string>();
  for (let index = 0; index < args.length; index += 1) {
    const [, name, inline] = /^--([a-z-]+)(?:=(.*))?$/s.exec(args[index] ?? '') ?? [];
    if (name === undefined || !known.has(name)) {
      errors.push(
        `${redactText(args[index] ?? '')}: unknown; \`busbar config print\` shows every flag`,
      );
      // The value of a flag that nobody knows is no second mistake.
      if (name !== undefined && inline === undefined && !args[index + 1]?.startsWith('--'))
        index += 1;
      continue;
    }
    const value = inline ?? args[(index += 1)];
    if (value === undefined) errors.push(`--${name}: a value is missing`);
    else if (flags.has(name)) errors.push(`--${name}: given twice`);
    else flags.set(name, value);
  }
  return flags;
}

interface Given {
  readonly flags: ReadonlyMap<string, string>;
  readonly env: ConfigSources['env'];
  readonly file: ConfigFile | undefined;
  readonly errors: string[];
}

/** The first source that names the field counts; an empty variable or line counts as not set. */
function readField(
  name: string,
  { flags, env, file, errors }: Given,
): { readonly value: unknown; readonly origin: ConfigOrigin } {
  const field = fieldOf(name);
  const candidates = [
    { origin: 'flag' as const, text: flags.get(field.flag), label: `--${field.flag}` },
    { origin: 'env' as const, text: env[field.env] || undefined, label: field.env },
    { origin: 'file' as const, text: file?.get(name)?.text, label: file?.get(name)?.label ?? '' },
  ];
  const given = candidates.find((it) => it.text !== undefined);
  if (given?.text === undefined) return { value: field.fallback, origin: 'default' };
  const value = field.parse(given.text);
  if (value !== undefined) return { value, origin: given.origin };
  const shown = JSON.stringify(redactText(given.text));
  errors.push(`${given.label}: ${shown} is not ${field.range}`);
  return { value: field.fallback, origin: given.origin };
}

function fieldOf(name: string): Field<unknown> {
  return FIELDS[name as keyof Fields];
}

function contradictions(config: Config): readonly string[] {
  const errors: string[] = [];
  const hasOrigin = config.clockOriginSiteMs !== undefined;
  if (hasOrigin !== (config.clockOriginRealMs !== undefined)) {
    errors.push(
      'BUSBAR_CLOCK_ORIGIN_SITE_MS, BUSBAR_CLOCK_ORIGIN_REAL_MS: both or neither must be set',
    );
  }
  if (config.clockSpeed !== 1 && !hasOrigin) {
    errors.push('BUSBAR_CLOCK_SPEED: other than 1 needs BUSBAR_CLOCK_ORIGIN_SITE_MS and _REAL_MS');
  }
  if ((config.smtpUrl === undefined) !== (config.mailFrom === undefined)) {
    errors.push('BUSBAR_SMTP_URL, BUSBAR_MAIL_FROM: both or neither must be set');
  }
  if (config.port !== 0 && config.port === config.ocppPort) {
    errors.push('BUSBAR_PORT, BUSBAR_OCPP_PORT: must differ');
  }
  if ((config.ocppTlsCert === undefined) !== (config.ocppTlsKey === undefined)) {
    errors.push('BUSBAR_OCPP_TLS_CERT, BUSBAR_OCPP_TLS_KEY: both or neither must be set');
  }
  if (config.ocppTlsClientCa !== undefined && config.ocppTlsCert === undefined) {
    errors.push('BUSBAR_OCPP_TLS_CLIENT_CA: needs BUSBAR_OCPP_TLS_CERT and _KEY');
  }
  if (config.allowUnauthenticatedStations === 'yes' && !isLoopbackHost(config.host)) {
    errors.push(
      'BUSBAR_ALLOW_UNAUTHENTICATED_STATIONS: only where BUSBAR_HOST is 127.0.0.1, ::1 or localhost',
    );
  }
  return errors;
}

/** Reachable from this machine only. */
export function isLoopbackHost(host: string): boolean {
  return ['127.0.0.1', 'localhost', '::1'].includes(host);
}

interface Named {
  readonly flag: string;
  readonly env: string;
}

type Range = readonly [min: number, max: number];

function integer(named: Named, [min, max]: Range, fallback: number): Field<number> {
  const parse = (value: string): number | undefined => {
    const parsed = /^-?\d{1,16}$/.test(value) ? Number(value) : Number.NaN;
    return parsed >= min && parsed <= max ? parsed : undefined;
  };
  return { ...named, range: `a whole number from ${min} to ${max}`, parse, fallback };
}

function real(named: Named, [min, max]: Range, fallback: number): Field<number> {
  const parse = (value: string): number | undefined => {
    const parsed = /^\d+(?:\.\d+)?$/.test(value) ? Number(value) : Number.NaN;
    return parsed >= min && parsed <= max ? parsed : undefined;
  };
  return { ...named, range: `a number from ${min} to ${max}`, parse, fallback };
}

function choice<const T extends string>(
  named: Named,
  allowed: readonly T[],
  fallback: NoInfer<T>,
): Field<T> {
  const parse = (value: string): T | undefined => allowed.find((item) => item === value);
  return { ...named, range: `one of ${allowed.join(', ')}`, parse, fallback };
}

function text(named: Named & { readonly range: string }, fallback: string): Field<string> {
  const parse = (value: string): string | undefined => (/^\S+$/.test(value) ? value : undefined);
  return { ...named, parse, fallback };
}

function optional(
  flag: string,
  env: string,
  { range, allows }: { readonly range: string; readonly allows: (value: string) => boolean },
): Field<string | undefined> {
  return {
    flag,
    env,
    range,
    parse: (value) => (allows(value) ? value : undefined),
    fallback: undefined,
  };
}

function file(flag: string, env: string): Field<string | undefined> {
  return optional(flag, env, {
    range: 'the path of a PEM file',
    allows: (value) => value.trim() !== '' && !value.includes('\0'),
  });
}

/** Epoch ms up to the year 9999. */
function optionalInteger(flag: string, env: string): Field<number | undefined> {
  return { ...integer({ flag, env }, [0, 253_402_300_799_999], 0), fallback: undefined };
}
