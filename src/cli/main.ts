#!/usr/bin/env node
/** `busbar`: runs the service, looks after it, and talks to it over HTTP. */
import { Command, CommanderError } from 'commander';
import { createOwner } from './admin.js';
import { type Api, createApi } from './api-client.js';
import { CommandFailure, createOutput, EXIT, messageOf, type Output } from './output.js';
import { loadPrices } from './prices.js';
import { addStation, commandStation, listStations, logOfStation } from './station.js';
import { cancelTest, testStation } from './station-test.js';
import { ownVersion } from './version.js';

const DEFAULT_URL = 'http://127.0.0.1:8080';

interface Globals {
  readonly json?: true;
  readonly color: boolean;
  readonly url?: string;
}

if (process.argv[2] === 'serve' && !process.argv.slice(3).some((it) => /^(-h|--help)$/.test(it))) {
  process.argv.splice(2, 1);
  await import('../main.js');
} else {
  await main();
}

async function main(): Promise<void> {
  // Printing to a reader that has gone is no failure of ours.
  process.stdout.on('error', () => process.exit(EXIT.ok));
  const program = build();
  try {
    await program.parseAsync(process.argv);
  } catch (error) {
    process.exitCode = exitCodeOf(error);
    if (!(error instanceof CommanderError)) process.stderr.write(`${messageOf(error)}\n`);
  }
}

/** Commander has printed what it has to say; help and version are no failures. */
function exitCodeOf(error: unknown): number {
  if (error instanceof CommandFailure) return error.exitCode;
  if (!(error instanceof CommanderError)) return EXIT.failure;
  return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
}

function build(): Command {
  const program = new Command('busbar')
    .description('Charge point management system: the service, and what looks after it.')
    .option('--json', 'one JSON document on standard output')
    .option('--no-color', 'no colours; NO_COLOR does the same')
    .option('--url <url>', `the running service; BUSBAR_URL, else ${DEFAULT_URL}`)
    .version(ownVersion(), '-V, --version')
    .configureHelp({ showGlobalOptions: true })
    .showSuggestionAfterError()
    .showHelpAfterError('(-h shows examples)')
    .exitOverride();
  const root = described(program, [
    'busbar doctor                     is everything around the service as it should be?',
    'busbar serve --port 8080          run the service',
    'busbar station list --json        stations of a running service',
  ]);
  root.addHelpText(
    'after',
    '\nThe API key comes from BUSBAR_API_KEY, or from the file that BUSBAR_API_KEY_FILE names.\n' +
      'Exit codes: 0 done, 1 failed, 2 wrong usage, 3 a check did not pass.',
  );
  serveCommand(root);
  doctorCommand(root);
  configCommand(root);
  stationCommands(root);
  pricesCommand(root);
  adminCommand(root);
  return root;
}

/** Examples first: they are what most people look for. */
function described(command: Command, examples: readonly string[]): Command {
  return command.addHelpText(
    'before',
    `Examples:\n${examples.map((it) => `  ${it}`).join('\n')}\n`,
  );
}

function sub(parent: Command, name: string, summary: string, examples: readonly string[]): Command {
  const command = parent.command(name).description(summary).copyInheritedSettings(parent);
  return described(command, examples);
}

function serveCommand(root: Command): void {
  sub(root, 'serve', 'run the service; takes the flags of `busbar config print`', [
    'busbar serve',
    'busbar serve --port 8080 --ocpp-port 9000 --data-dir ./data',
    'DATABASE_URL=postgres://... REDIS_URL=redis://... busbar serve',
  ]).allowUnknownOption();
}

function doctorCommand(root: Command): void {
  withSettings(
    sub(root, 'doctor', 'check configuration, ports, clock, PostgreSQL, Redis, TLS and disk', [
      'busbar doctor',
      'busbar doctor --config busbar.env',
      'busbar doctor --json | jq .checks',
    ]),
  ).action(async (args: readonly string[], _options, command: Command) => {
    // Loads the clients of PostgreSQL and Redis, which no other command needs.
    const { doctor } = await import('./doctor.js');
    process.exitCode = await doctor(args, outputOf(command));
  });
}

function configCommand(root: Command): void {
  const config = sub(root, 'config', 'settings of the service', ['busbar config print']);
  withSettings(
    sub(config, 'print', 'what is in effect, and whether by flag, env, file or default', [
      'busbar config print',
      'BUSBAR_CONFIG=busbar.json busbar config print --port 9090',
    ]),
  ).action(async (args: readonly string[], _options, command: Command) => {
    const { printConfig } = await import('./config-print.js');
    process.exitCode = printConfig(args, outputOf(command));
  });
}

/** Takes the flags of the service as they are: `config.ts` knows them. */
function withSettings(command: Command): Command {
  return command.argument('[settings...]', 'flags of the service').allowUnknownOption();
}

function stationCommands(root: Command): void {
  const station = sub(root, 'station', 'charging stations of a running service', [
    'busbar station list',
    'busbar station add depot CP01',
    'busbar station log CP01',
    'busbar station test CP01',
    `busbar station command CP01 Reset '{"type": "Soft"}'`,
  ]);
  sub(station, 'list', 'stations and how far their first contact has come', [
    'busbar station list',
    'busbar station list depot --json',
  ])
    .argument('[siteId]')
    .action((siteId: string | undefined, _options, command: Command) =>
      listStations(apiOf(command), outputOf(command), siteId),
    );
  sub(station, 'add', 'let a station of a site connect; prints its password once', [
    'busbar station add depot CP01',
  ])
    .argument('<siteId>')
    .argument('<stationId>')
    .action((siteId: string, stationId: string, _options, command: Command) =>
      addStation(apiOf(command), outputOf(command), { siteId, stationId }),
    );
  sub(station, 'log', 'the latest OCPP messages of a station', [
    'busbar station log CP01 --limit 20',
  ])
    .argument('<stationId>')
    .option('--limit <count>', 'how many, newest first, at most 500', '50')
    .action((stationId: string, { limit }: { readonly limit: string }, command: Command) =>
      logOfStation(apiOf(command), outputOf(command), { stationId, limit }),
    );
  sub(station, 'command', 'send an OCPP call to a station and wait for its answer', [
    `busbar station command CP01 TriggerMessage '{"requestedMessage": "Heartbeat"}'`,
    `busbar station command CP01 Reset '{"type": "Soft"}'`,
  ])
    .argument('<stationId>')
    .argument('<action>')
    .argument('[payload]', 'JSON', '{}')
    .action((stationId: string, action: string, payload: string, _options, command: Command) =>
      commandStation(apiOf(command), outputOf(command), { stationId, action, payload }),
    );
  testCommand(station);
}

interface TestFlags {
  readonly evse?: string;
  readonly parts?: string;
  readonly cancel?: true;
}

function testCommand(station: Command): void {
  sub(station, 'test', 'test whether a station follows its limits; ends with 3 unless it passes', [
    'busbar station test CP01',
    'busbar station test CP01 --evse CP01:2',
    'busbar station test CP01 --parts link-loss,lease-expiry,power-cycle',
    'busbar station test CP01 --cancel',
  ])
    .argument('<stationId>')
    .option('--evse <evseId>', 'absent: the one that charges')
    .option('--parts <parts>', 'online, link-loss, lease-expiry, power-cycle; absent: online')
    .option('--cancel', 'end the test that is running; the EVSE returns to normal control')
    .action(
      async (stationId: string, { evse: evseId, parts, cancel }: TestFlags, command: Command) => {
        if (cancel === true) {
          process.exitCode = await cancelTest(apiOf(command), outputOf(command), stationId);
          return;
        }
        const ask = {
          stationId,
          ...(evseId === undefined ? {} : { evseId }),
          ...(parts === undefined ? {} : { parts }),
        };
        process.exitCode = await testStation(apiOf(command), outputOf(command), ask);
      },
    );
}

function pricesCommand(root: Command): void {
  const prices = sub(root, 'prices', 'what energy costs at a site over time', [
    'busbar prices load depot day-ahead.csv --currency EUR',
  ]);
  sub(prices, 'load', 'tell a site the prices of a day-ahead file', [
    'busbar prices load depot day-ahead.csv --currency EUR',
  ])
    .argument('<siteId>')
    .argument(
      '<file>',
      'CSV with the columns start, import per kWh or per MWh; end, export per ...',
    )
    .requiredOption('--currency <code>', 'ISO 4217')
    .action((siteId: string, file: string, ask: { readonly currency: string }, command: Command) =>
      loadPrices(apiOf(command), outputOf(command), { siteId, file, currency: ask.currency }),
    );
}

function adminCommand(root: Command): void {
  const admin = sub(root, 'admin', 'people who run the service', [
    'busbar admin create --email ada@example.com --name "Ada"',
  ]);
  sub(admin, 'create', 'add an owner, who gets a link to choose a password', [
    'busbar admin create --email ada@example.com --name "Ada"',
  ])
    .requiredOption('--email <address>', 'signs in with it')
    .requiredOption('--name <name>', 'shown to others')
    .action((ask: { readonly email: string; readonly name: string }, command: Command) =>
      createOwner(apiOf(command), outputOf(command), { email: ask.email, name: ask.name }),
    );
}

function outputOf(command: Command): Output {
  const { json = false, color } = command.optsWithGlobals<Globals>();
  return createOutput({ json, color });
}

function apiOf(command: Command): Api {
  const url = command.optsWithGlobals<Globals>().url ?? (process.env['BUSBAR_URL'] || DEFAULT_URL);
  if (!URL.canParse(url)) throw new CommandFailure(`--url: ${url} is no URL`, EXIT.usage);
  return createApi({ url, env: process.env });
}
