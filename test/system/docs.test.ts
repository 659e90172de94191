/** What the documents tell people to type works: their shell blocks, run in order, a file at a time. */
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { builtProgram } from '../support/built-program.js';
import { type Depot, openDepot } from '../support/depot.js';
import { type Served, startServed } from '../support/served.js';
import { isEmpty, runnable, type ShellBlock, shellBlocks } from '../support/shell-blocks.js';

const ROOT = resolve('.');
/** One file's blocks, all together. */
const TIMEOUT_MS = 120_000;

const documents = [
  ...['README.md', 'ARCHITECTURE.md', 'SECURITY.md'].filter((name) => existsSync(name)),
  ...readdirSync('docs').flatMap((name) => (name.endsWith('.md') ? [`docs/${name}`] : [])),
];

const directory = mkdtempSync(join(tmpdir(), 'busbar-d-'));
let served: Served;
let depot: Depot | undefined;

beforeAll(async () => {
  // Relative paths of the checkout work; what the blocks write stays here.
  for (const name of readdirSync(ROOT)) {
    if (name !== '.git') symlinkSync(join(ROOT, name), join(directory, name));
  }
  // Receivers of alerts in the documents listen on this machine.
  served = await startServed({ BUSBAR_OUTBOUND_ALLOW: '127.0.0.0/8' });
  depot = await openDepot(served);
});

afterAll(async () => {
  await depot?.close();
  expect(await served.end(), served.log()).toBe(0);
  rmSync(directory, { recursive: true, force: true });
});

/** Ports of the documents become those of the service under test; an HTTP error is a failure. */
function scriptOf(blocks: readonly ShellBlock[]): string {
  const preamble = [
    'set -euo pipefail',
    // What a block has started ends with it, whatever happened.
    "trap 'kill $(jobs -p) 2>/dev/null || true' EXIT",
    'curl() { command curl --silent --show-error --fail-with-body --max-time 60 "$@"; }',
    `busbar() { ${process.execPath} ${builtProgram('src/cli/main.ts')} "$@"; }`,
  ];
  const parts = blocks.map(
    ({ at, text }) => `echo "--- ${at}" >&2\n${atPorts(runnable(text))}\necho`,
  );
  return [...preamble, ...parts].join('\n');
}

function atPorts(text: string): string {
  return text
    .replaceAll(/(localhost|127\.0\.0\.1):8080/g, `127.0.0.1:${served.httpPort}`)
    .replaceAll(/(localhost|127\.0\.0\.1):9000/g, `127.0.0.1:${served.ocppPort}`);
}

function run(script: string): Promise<{ readonly failed: boolean; readonly output: string }> {
  const { apiKey, apiUrl } = served;
  const env = {
    ...process.env,
    KEY: apiKey,
    BUSBAR_API_KEY: apiKey,
    BUSBAR_URL: apiUrl,
    BUSBAR_PORT: served.httpPort,
    BUSBAR_OCPP_PORT: served.ocppPort,
  };
  const options = { cwd: directory, env, timeout: TIMEOUT_MS };
  return new Promise((resolve) => {
    const child = execFile('bash', ['-s'], options, (error, stdout, stderr) => {
      resolve({ failed: error !== null, output: `${stdout}${stderr}` });
    });
    child.stdin?.end(script);
  });
}

test.each(documents)('the commands of %s work', async (name) => {
  const blocks = shellBlocks(name, readFileSync(name, 'utf8'));
  const shown = blocks.filter((it) => it.notRun === undefined && !isEmpty(runnable(it.text)));
  const { failed, output } = await run(scriptOf(shown));
  expect(failed, output).toBe(false);
});

test('the README has commands that are run', () => {
  const blocks = shellBlocks('README.md', readFileSync('README.md', 'utf8'));
  const run = blocks.filter((it) => it.notRun === undefined && !isEmpty(runnable(it.text)));
  expect(run.length).toBeGreaterThanOrEqual(3);
});
