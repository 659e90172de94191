import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { CpmsError } from '../../src/platform/errors.js';
import { type CommandDesk, createCommandDesk } from '../../src/control/command-desk.js';
import { recordFigures } from '../../src/control/figures.js';
import { initialState } from '../../src/control/initial-state.js';
import { runSite, type RunnerDeps, type SiteRunner } from '../../src/control/site-runner.js';
import type { Effect, InboxItem, SiteEvent, SiteState } from '../../src/control/state.js';
import type { OutboxCommand } from '../../src/ocpp/messages.js';
import type { CycleWrite } from '../../src/store/ports.js';
import { feed, openScript, wait } from './ideal-station.js';
import { smallSite, START_MS } from './small-site.js';
import { voiceOf } from './station-events.js';

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

interface Bench {
  readonly runner: SiteRunner;
  readonly writes: CycleWrite[];
  readonly dispatched: OutboxCommand[];
  /** Of each dispatch: the request within which it ran. */
  readonly dispatchedIn: (string | undefined)[];
  readonly rows: (InboxItem & { seq: number })[];
  /** What the next commits, and the next reads of the inbox, end with. */
  readonly failures: Error[];
  readonly readFailures: Error[];
  readonly alarms: Extract<Effect, { type: 'alarm' }>[];
  readonly desk: CommandDesk;
  /** Ends commits that wait. */
  hold: Promise<void> | undefined;
  takeOvers: number;
  /** Our clock, which somebody may set. */
  siteMs: number;
}

const request = new AsyncLocalStorage<string>();

function bench(
  initial: SiteState = initialState(smallSite(), 1, START_MS),
  { begins = true }: { readonly begins?: boolean } = {},
): Bench {
  const writes: CycleWrite[] = [];
  const dispatched: OutboxCommand[] = [];
  const apart = new AsyncResource('test');
  const rows: Bench['rows'] = [];
  const failures: Error[] = [];
  const readFailures: Error[] = [];
  const made = {
    writes,
    dispatched,
    rows,
    failures,
    readFailures,
    alarms: [],
    desk: createCommandDesk(),
    dispatchedIn: [],
    hold: undefined,
    takeOvers: 0,
    siteMs: START_MS + 3_600_000,
  } as unknown as {
    -readonly [K in keyof Bench]: Bench[K];
  };
  const store = {
    engine: {
      async commit(write: CycleWrite) {
        await made.hold;
        const failure = failures.shift();
        if (failure !== undefined) throw failure;
        writes.push(write);
      },
    },
    inbox: {
      async read(_site: string, after: number) {
        const failure = readFailures.shift();
        if (failure !== undefined) throw failure;
        return rows.filter(({ seq }) => seq > after);
      },
    },
  } as unknown as RunnerDeps['store'];
  made.runner = runSite(initial, {
    clock: {
      nowMs: () => made.siteMs,
      monotonicMs: () => 0,
      speed: 1,
      at: () => () => undefined,
    },
    log: silent,
    store,
    figures: recordFigures(),
    desk: made.desk,
    onAlarm: (_site, alarm) => void made.alarms.push(alarm),
    dispatch(commands) {
      made.dispatchedIn.push(request.getStore());
      dispatched.push(...commands);
    },
    apart: (work) => apart.runInAsyncScope(work),
    async takeOver() {
      made.takeOvers += 1;
      return { ...made.runner.state(), epoch: made.runner.state().epoch + 1 };
    },
    onChange: () => undefined,
  });
  if (begins) made.runner.begin([]);
  return made;
}

const s1 = voiceOf('S1', { nowMs: START_MS + 3_600_000 });
const settle = () => vi.advanceTimersByTimeAsync(1);

describe('runSite', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test('decides nothing on restored rows before the start of its engine is folded in', async () => {
    const script = openScript(initialState(smallSite(), 1, START_MS), START_MS);
    const voice = voiceOf('S1', script);
    feed(script, voice.connected(), voice.booted());
    wait(script, 60_000);
    feed(script, voice.started('1'));
    wait(script, 60_000);
    const one = bench({ ...script.state, epoch: 2, pending: new Map() });
    await settle();
    expect(one.dispatched).toEqual([]);
    const event = { type: 'engine.started', epoch: 2, links: 'closed' } as const;
    one.runner.take([{ seq: script.state.inboxSeq + 1, event }]);
    await settle();
    expect(one.dispatched).toEqual([]);
    expect([...one.runner.state().stations.values()][0]?.stage).toBe('offline');
  });

  test('R0 decides nothing on restored rows before all that came since is folded in', async () => {
    const script = openScript(initialState(smallSite(), 1, START_MS), START_MS);
    const voice = voiceOf('S1', script);
    feed(script, voice.connected(), voice.booted());
    wait(script, 60_000);
    feed(script, voice.started('1'));
    const restored: SiteState = { ...script.state, epoch: 2, pending: new Map() };
    const one = bench(restored, { begins: false });
    one.siteMs = script.nowMs + 1_200_000;
    const started: SiteEvent = { type: 'engine.started', epoch: 2, links: 'closed' };
    const samples = Array.from({ length: 1200 }, () => voice.status('charging'));
    const rows = [...samples, started].map((event, at) => ({
      seq: restored.inboxSeq + 1 + at,
      event,
    }));
    const last = rows.slice(-1);
    one.runner.take([...last, { event: { type: 'wake' } }]);
    await settle();
    expect(one.writes).toEqual([]);
    one.runner.begin(rows);
    for (let turn = 0; turn < 20; turn += 1) await settle();
    expect(one.runner.state().inboxSeq).toBe(restored.inboxSeq + rows.length);
    expect(one.writes.length).toBeGreaterThan(2);
    expect(one.writes.flatMap(({ planned }) => planned)).toEqual([]);
    expect(one.dispatched).toEqual([]);
    expect([...one.runner.state().stations.values()][0]?.stage).toBe('offline');
  });

  test('decides on a wake-up only when a gap in the inbox is read', async () => {
    const one = bench();
    one.rows.push({ seq: 1, event: s1.connected() }, { seq: 2, event: s1.booted() });
    one.runner.take([{ seq: 2, event: s1.booted() }, { event: { type: 'wake' } }]);
    await settle();
    expect(one.writes).toEqual([]);
    await vi.advanceTimersByTimeAsync(600);
    expect(one.runner.state().inboxSeq).toBe(2);
    expect(one.dispatched.map((it) => it.command.kind)).toEqual(['read-variables']);
  });

  test('R1 tells the site of a clock that was set forward, which costs nothing its time to settle', async () => {
    const script = openScript(initialState(smallSite(), 1, START_MS), START_MS);
    const voice = voiceOf('S1', script);
    feed(script, voice.connected(), voice.booted());
    const settles = ({ evses }: SiteState): readonly (number | undefined)[] =>
      [...evses.values()].map(({ ledger }) => ledger.fallbackSettlesAtMs);
    const [atMs] = settles(script.state);
    if (atMs === undefined) throw new Error('F0 was read back a moment ago');
    const one = bench({ ...script.state, pending: new Map() });
    one.siteMs = script.nowMs;
    one.runner.take([{ event: { type: 'wake' } }]);
    await settle();
    expect(settles(one.runner.state())[0]).toBe(atMs);
    one.siteMs += 5000;
    one.runner.take([{ event: { type: 'wake' } }]);
    await settle();
    expect(settles(one.runner.state())[0]).toBe(atMs + 5000);
    one.siteMs -= 5000;
    one.runner.take([{ event: { type: 'wake' } }]);
    await settle();
    expect(settles(one.runner.state())[0]).toBe(atMs + 5000);
  });

  test('works outside of the request that brought the event', async () => {
    const one = bench();
    await settle();
    request.run('POST /v1/sites', () => {
      one.runner.take([
        { seq: 1, event: s1.connected() },
        { seq: 2, event: s1.booted() },
      ]);
    });
    await settle();
    expect(one.dispatched).toHaveLength(1);
    expect(one.dispatchedIn).toEqual([undefined]);
  });

  test('R2 lets commands leave only once their rows are committed', async () => {
    const one = bench();
    let commit = (): void => undefined;
    one.hold = new Promise((resolve) => {
      commit = resolve;
    });
    one.runner.take([
      { seq: 1, event: s1.connected() },
      { seq: 2, event: s1.booted() },
    ]);
    await settle();
    expect(one.dispatched).toEqual([]);
    commit();
    await settle();
    expect(one.dispatched.map((it) => it.command.kind)).toEqual(['read-variables']);
    expect(one.writes[0]?.planned.map((it) => it.seq)).toEqual([1]);
  });

  test('B7 takes over anew after a commit that failed, and dispatches nothing of it', async () => {
    const one = bench();
    one.failures.push(new Error('connection lost'));
    one.runner.take([
      { seq: 1, event: s1.connected() },
      { seq: 2, event: s1.booted() },
    ]);
    await settle();
    expect(one.dispatched).toEqual([]);
    await vi.advanceTimersByTimeAsync(1000);
    expect(one.takeOvers).toBe(1);
    expect(one.runner.state()).toMatchObject({ epoch: 2, inboxSeq: 2 });
    expect(one.dispatched.every((it) => it.epoch === 2)).toBe(true);
  });

  test('lets the answers leave before it decides, once for all that came in a turn', async () => {
    const one = bench();
    one.runner.take([{ seq: 1, event: s1.connected() }]);
    for (let tick = 0; tick < 50; tick += 1) await Promise.resolve();
    expect(one.writes).toEqual([]);
    one.runner.take([{ seq: 2, event: s1.booted() }]);
    await settle();
    expect(one.writes.map((it) => it.inboxSeq)).toEqual([2]);
  });

  test('thinks a cycle through again that never reached the database, under the same epoch', async () => {
    const one = bench();
    const options = { retriable: true, didNothing: true } as const;
    one.failures.push(new CpmsError('database-unavailable', 'no connection', options));
    one.runner.take([
      { seq: 1, event: s1.connected() },
      { seq: 2, event: s1.booted() },
    ]);
    await settle();
    expect(one.dispatched).toEqual([]);
    await vi.advanceTimersByTimeAsync(1000);
    expect(one.takeOvers).toBe(0);
    expect(one.runner.state()).toMatchObject({ epoch: 1, inboxSeq: 2 });
    expect(one.dispatched.map((it) => it.command.kind)).toEqual(['read-variables']);
  });

  test('B8 stops for good when another engine runs the site', async () => {
    const one = bench();
    one.failures.push(new CpmsError('stale-epoch', 'over', { retriable: false }));
    one.runner.take([{ seq: 1, event: s1.connected() }]);
    await vi.advanceTimersByTimeAsync(5000);
    one.runner.take([{ seq: 2, event: s1.booted() }]);
    await vi.advanceTimersByTimeAsync(5000);
    expect(one.takeOvers).toBe(0);
    expect(one.writes).toEqual([]);
    expect(one.dispatched).toEqual([]);
  });

  test('waits for the rows of a gap, and reads what somebody else appended', async () => {
    const one = bench();
    one.runner.take([{ seq: 2, event: s1.booted() }]);
    await settle();
    expect(one.runner.state().inboxSeq).toBe(0);
    one.rows.push({ seq: 1, event: s1.connected() });
    await vi.advanceTimersByTimeAsync(600);
    expect(one.runner.state().inboxSeq).toBe(2);
  });

  test('reads a gap again where its rows could not be read', async () => {
    const one = bench();
    one.readFailures.push(new Error('no connection'));
    one.runner.take([{ seq: 2, event: s1.booted() }]);
    one.rows.push({ seq: 1, event: s1.connected() });
    await vi.advanceTimersByTimeAsync(1200);
    expect(one.runner.state().inboxSeq).toBe(2);
  });

  test('nobody waits for a command of a site that is run elsewhere, or no more', async () => {
    const ask = (commandId: string) => ({
      type: 'operator.command' as const,
      stationId: s1.id,
      commandId,
      actor: 'x',
      command: { kind: 'call' as const, action: 'ClearCache', payload: {} },
    });
    const told = async (end: (one: Bench) => unknown): Promise<readonly unknown[]> => {
      const one = bench();
      const waiting = ['c1', 'c2', 'c3'].map((id) => one.desk.wait(id).report);
      one.runner.take([
        { seq: 1, event: s1.connected() },
        { seq: 2, event: s1.booted() },
        { seq: 3, event: ask('c1') },
      ]);
      await settle();
      // Behind a gap: nobody has folded it in yet.
      one.runner.take([{ seq: 5, event: ask('c2') }]);
      await end(one);
      one.runner.take([{ seq: 6, event: ask('c3') }]);
      const late = new Promise((resolve) => setTimeout(resolve, 60_000, 'never'));
      const ends = Promise.all(waiting.map((report) => Promise.race([report, late])));
      await vi.advanceTimersByTimeAsync(60_000);
      return ends;
    };
    const closed = { status: 'closed' };
    expect(await told((one) => one.runner.stop())).toEqual([closed, closed, closed]);
    const overtaken = await told(async (one) => {
      one.failures.push(new CpmsError('stale-epoch', 'over', { retriable: false }));
      one.runner.take([{ seq: 4, event: s1.status('available') }]);
      await settle();
    });
    expect(overtaken).toEqual([closed, closed, closed]);
  });

  test('folds a row once, however often it is handed over', async () => {
    const one = bench();
    const item = { seq: 1, event: s1.connected() };
    one.runner.take([item, item]);
    await settle();
    one.runner.take([item]);
    await settle();
    expect(one.writes).toHaveLength(1);
  });

  test('an event on which the engine fails is set aside with an alarm, and the others are folded', async () => {
    const one = bench();
    const ask = { type: 'operator.command', stationId: 'S1', commandId: 'c1', actor: 'x' } as const;
    const broken = { ...ask, command: undefined } as unknown as SiteEvent;
    const waiting = one.desk.wait('c1');
    one.runner.take([
      { seq: 1, event: s1.connected() },
      { seq: 2, event: broken },
      { seq: 3, event: s1.booted() },
    ]);
    await settle();
    expect(one.runner.state()).toMatchObject({ epoch: 1, inboxSeq: 3 });
    expect(one.dispatched.map((it) => it.command.kind)).toEqual(['read-variables']);
    const where = { code: 'event-set-aside', stationId: 'S1' };
    expect(one.alarms).toEqual([expect.objectContaining(where)]);
    expect(await waiting.report).toMatchObject({ status: 'refused-by-engine' });
  });

  test('a state that cannot be decided on is told once, and mended by an edit', async () => {
    const healthy = initialState(smallSite(), 1, START_MS);
    const broken = { ...healthy, site: { ...healthy.site, circuits: [] } };
    const one = bench(broken);
    one.runner.take([{ seq: 1, event: s1.connected() }]);
    await vi.advanceTimersByTimeAsync(5000);
    expect(one.runner.state()).toBe(broken);
    expect(one.takeOvers).toBe(0);
    expect(one.alarms.map(({ code }) => code)).toEqual(['step-failed']);
    const site = { ...healthy.site, version: healthy.site.version + 1 };
    const edit = { type: 'site.edited', site, actor: 'x' } as const;
    one.runner.take([{ seq: 2, event: edit }]);
    await vi.advanceTimersByTimeAsync(5000);
    expect(one.runner.state()).toMatchObject({ inboxSeq: 2 });
    expect(one.runner.state().stations.get(s1.connected().stationId)?.stage).toBe('connecting');
  });
});
