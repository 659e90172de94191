/** The demo as a user meets it: one command, a page, a summary, and nothing left behind. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SiteFile } from '../../simulator/site-file.js';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import {
  type DemoProcess,
  leftBehind,
  makeDirectory,
  removeDirectory,
  startDemo,
  waitFor,
} from '../support/demo-process.js';

const SUMMARY_KEYS = [
  'stations',
  'sessions',
  'requestedWh',
  'deliveredWh',
  'feasibleWh',
  'profileCommands',
  'profileRejected',
  'ackMs',
  'cutMs',
  'decisionMs',
  'faults',
  'lossPercent',
  'framesLost',
  'disconnects',
  'overLimitAmpSeconds',
  'worstPhaseFraction',
  'durationMs',
  'simulatedMs',
];
/** Promised are 15 s on a calm machine; what is tested is that it ends at all. */
const HARD_MAX_MS = 180_000;

let temporary: string;
const running = new Set<DemoProcess>();

beforeAll(() => {
  temporary = makeDirectory();
});

afterAll(() => {
  for (const demo of running) demo.signal('SIGKILL');
  removeDirectory(temporary);
});

function demo(...args: readonly string[]): DemoProcess {
  const started = startDemo(args, temporary);
  running.add(started);
  void started.ended.then(() => running.delete(started));
  return started;
}

async function endsWithin(it: DemoProcess, timeoutMs: number): Promise<number | NodeJS.Signals> {
  const late = sleep(timeoutMs, 'late' as const, { ref: false });
  const end = await Promise.race([it.ended, late]);
  if (end === 'late') throw new Error(`still runs after ${timeoutMs} ms: ${it.stderr()}`);
  return end;
}

/** What a process was told to remove is removed once that process has had its turn. */
const expectNothingLeft = (): Promise<void> =>
  vi.waitFor(() => expect(leftBehind(temporary)).toEqual([]), { timeout: 30_000, interval: 100 });

test('a third of a minute ends by itself with one line of JSON, and serves its page meanwhile', async () => {
  const it = demo('--minutes', '0.35', '--json');
  const link = new URL(await it.link());
  for (const path of ['/livez', '/readyz']) {
    expect((await fetch(new URL(path, link))).status).toBe(200);
  }
  const page = await fetch(new URL('/', link));
  expect(page.status).toBe(200);
  expect(page.headers.get('content-type')).toContain('text/html');
  const first = await fetch(link, { redirect: 'manual' });
  expect(first.status).toBe(303);
  expect(first.headers.get('set-cookie')).toMatch(/HttpOnly/i);
  expect((await fetch(link, { redirect: 'manual' })).status).toBe(403);

  expect(await endsWithin(it, HARD_MAX_MS), it.stderr()).toBe(0);
  const [line = '', ...more] = it.stdout().trimEnd().split('\n');
  expect(more).toEqual([]);
  const summary = JSON.parse(line) as Record<string, unknown>;
  expect(Object.keys(summary)).toEqual(SUMMARY_KEYS);
  for (const name of ['ackMs', 'cutMs']) {
    expect(Object.keys(summary[name] as object)).toEqual(['p50', 'p99', 'max']);
  }
  expect(Object.keys(summary['decisionMs'] as object)).toEqual(['p50', 'p99']);
  expect(summary).toMatchObject({ stations: 16, overLimitAmpSeconds: 0 });
  expect(summary['profileCommands']).toBeGreaterThan(0);
  expect(summary['deliveredWh']).toBeGreaterThan(0);
  expect(summary['worstPhaseFraction']).toBeLessThanOrEqual(1);
  expect(it.stderr()).not.toMatch(/^\s+at /m);
  await expectNothingLeft();
});

test('one Ctrl-C ends everything, with a summary', async () => {
  const it = demo('--json');
  await it.link();
  await sleep(2000);
  it.signal('SIGINT');
  expect(await endsWithin(it, HARD_MAX_MS), it.stderr()).toBe(0);
  expect(Object.keys(JSON.parse(it.stdout()) as object)).toEqual(SUMMARY_KEYS);
  await expectNothingLeft();
});

test('faults begin once the stations are ready, and the summary says what they did', async () => {
  const it = demo('--loss', '30', '--fault', 'drop:CP03', '--json');
  await it.link();
  await waitFor(() => /faults begin/.exec(it.stderr())?.[0], it.stderr);
  await sleep(15_000);
  it.signal('SIGINT');
  expect(await endsWithin(it, HARD_MAX_MS), it.stderr()).toBe(0);
  const summary = JSON.parse(it.stdout()) as Record<string, unknown>;
  expect(summary).toMatchObject({
    faults: ['drop:CP03'],
    lossPercent: 30,
    overLimitAmpSeconds: 0,
  });
  expect(summary['framesLost']).toBeGreaterThan(0);
  await expectNothingLeft();
});

test('every kind of fault at once takes the site over no limit, and its sessions go on', async () => {
  const kinds = ['liar:CP05', 'amnesia:CP02', 'late:CP04', 'offline:CP07', 'reboot:CP08'];
  const more = ['foreign:CP01', 'foreign:CP06', 'rejects:CP09', 'repeats'];
  const faults = [...kinds, ...more];
  const it = demo(...faults.flatMap((kind) => ['--fault', kind]), '--json');
  await it.link();
  await waitFor(() => /faults begin/.exec(it.stderr())?.[0], it.stderr);
  await sleep(25_000);
  it.signal('SIGINT');
  expect(await endsWithin(it, HARD_MAX_MS), it.stderr()).toBe(0);
  const summary = JSON.parse(it.stdout()) as Record<string, unknown>;
  expect(summary).toMatchObject({ faults, overLimitAmpSeconds: 0 });
  expect(summary['deliveredWh']).toBeGreaterThan(0);
  expect(summary['disconnects']).toBeGreaterThan(0);
  await expectNothingLeft();
});

test('a second Ctrl-C, and one during the start, leave nothing behind either', async () => {
  const twice = demo();
  await twice.link();
  twice.signal('SIGINT');
  await sleep(800);
  twice.signal('SIGINT');
  expect([0, 130]).toContain(await endsWithin(twice, HARD_MAX_MS));
  await expectNothingLeft();

  const starting = demo('--data-dir', join(temporary, 'early'));
  // The lock is there before PostgreSQL is prepared.
  const lock = join(temporary, 'early', 'busbar.lock');
  await expect.poll(() => existsSync(lock), { timeout: HARD_MAX_MS, interval: 10 }).toBe(true);
  starting.signal('SIGINT');
  expect(await endsWithin(starting, HARD_MAX_MS)).toBe(130);
  expect(existsSync(lock)).toBe(false);
  removeDirectory(join(temporary, 'early'));
  await expectNothingLeft();
});

test('a wrong flag is named with what is allowed, and nothing starts', async () => {
  const file = (name: string, content: string): string => {
    const path = join(temporary, `tsx-${name}`);
    writeFileSync(path, content);
    return path;
  };
  const day = ['--from', '2019-03-04', '--to', '2019-03-05'];
  const garage = JSON.parse(readFileSync('sites/garage-54.json', 'utf8')) as SiteFile;
  const [root, ...others] = garage.circuits;
  const noWye = { ...root, limits: [{ kind: 'pair-sum', pair: 0, limitA: 80 }] };
  const pairs = file('pairs.json', JSON.stringify({ ...garage, circuits: [noWye, ...others] }));
  const cases: readonly (readonly [args: readonly string[], says: RegExp])[] = [
    [['--speed', '0'], /--speed.* 0\.1 to 1000/],
    [['--port', '99999'], /--port.* 0 to 65535/],
    [['--minutes', '-1'], /--minutes.* 0\.05 to 10000/],
    [['--seed', '1.5'], /--seed.*whole number from 0/],
    [['--from', '2019-03-04'], /--from and --to: both or neither/],
    [['--from', '2019-03-05', '--to', '2019-03-04'], /--to: must be after --from/],
    [['--from', '2019-13-45', '--to', '2019-14-01'], /--from.*local time like 2019-03-04/],
    [['--sessions', 'a.csv'], /--sessions: needs --from and --to/],
    [['--sessions', 'missing.csv', ...day], /--sessions: missing\.csv: there is no such file/],
    [
      ['--sessions', file('columns.csv', 'a,b\n1,2\n'), ...day],
      /--sessions: .*unknown session columns: a, b; wanted is requested_kwh/,
    ],
    [['--site', 'missing.json'], /--site: missing\.json: there is no such file/],
    [['--site', file('torn.json', '{"id":')], /--site: .*torn\.json: is not JSON/],
    [['--site', file('other.json', '{"a": 1}')], /--site: .*is no site file: .*circuits/],
    [['--site', pairs, '--capacity-kva', '40'], /--capacity-kva: .*not three-phase wye/],
    [['--loss', '51'], /--loss.* 0 to 50/],
    [['--fault', 'strike:CP01'], /--fault.*wanted is kind:station(.|\n)*drop(.|\n)*amnesia/],
    [['--fault', 'drop:'], /--fault.*wanted is kind:station/],
    [['--fault', 'drop:CP99'], /--fault drop:CP99: there is no station CP99.* CP01, CP02, /],
    [['--wrong'], /unknown option '--wrong'/],
  ];
  const refuses = async ([args, says]: (typeof cases)[number]): Promise<void> => {
    const it = demo(...args);
    expect(await endsWithin(it, HARD_MAX_MS), args.join(' ')).not.toBe(0);
    expect(it.stderr(), args.join(' ')).toMatch(says);
    expect(it.stderr(), args.join(' ')).not.toMatch(/^\s+at /m);
    expect(it.stdout()).toBe('');
  };
  for (let index = 0; index < cases.length; index += 3) {
    await Promise.all(cases.slice(index, index + 3).map(refuses));
  }
  await expectNothingLeft();
});

test('a port in use is told with its flag, and nothing is left behind', async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const address = other.address();
  const port = String(typeof address === 'object' ? address?.port : 0);
  try {
    for (const flag of ['--port', '--ocpp-port']) {
      const it = demo(flag, port);
      expect(await endsWithin(it, HARD_MAX_MS), flag).not.toBe(0);
      expect(it.stderr()).toContain(`${flag}: port ${port} is in use`);
      expect(it.stderr()).not.toMatch(/^\s+at /m);
      await expectNothingLeft();
    }
  } finally {
    other.close();
  }
});
