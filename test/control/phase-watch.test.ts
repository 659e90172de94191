/** R12: what samples show of the phases that a session uses, and for how long that is believed. */
import { describe, expect, test } from 'vitest';
import { evseId } from '../../solver/index.js';
import { initialState } from '../../src/control/initial-state.js';
import type { EvseState } from '../../src/control/state.js';
import type { Rotation } from '../../src/sites/rotation.js';
import type { Site } from '../../src/sites/site.js';
import { feed, openScript, type Script, wait } from './ideal-station.js';
import { smallSite, START_MS } from './small-site.js';
import { voiceOf, type Voice } from './station-events.js';

const S1 = evseId('S1:1');
const S2 = evseId('S2:1');
const MINUTE_MS = 60_000;
/** Two intervals of 60 s and a lease of 90 s. */
const CREDIT_MS = 210_000;

interface World {
  readonly script: Script;
  readonly s1: Voice;
  readonly s2: Voice;
  /** What S1 tells of its energy. */
  registerWh: number;
}

function siteOf(rotation: Rotation | undefined, limitA = 40): Site {
  const site = smallSite({ limitA, stations: 2, settings: { leaseMeteredSec: 90 } });
  if (rotation === undefined) return site;
  return { ...site, evses: site.evses.map((evse) => ({ ...evse, rotation })) };
}

/** Both stations charge. */
function charging(site: Site, reply?: Script['reply']): World {
  const script = openScript(initialState(site, 1, START_MS), START_MS);
  if (reply !== undefined) script.reply = reply;
  const [s1, s2] = [voiceOf('S1', script), voiceOf('S2', script)];
  for (const voice of [s1, s2]) feed(script, voice.connected(), voice.booted());
  wait(script, MINUTE_MS);
  feed(script, s1.started('1'), s2.started('2'));
  wait(script, 10 * MINUTE_MS);
  return { script, s1, s2, registerWh: 0 };
}

type Currents = readonly [number | undefined, number | undefined, number | undefined];

/** One sample a minute, of the phases as the station numbers them, beside a register of so many Wh a step. */
function draw(world: World, minutes: number, currentA: Currents, stepWh = 1): void {
  const sumA = currentA.reduce<number>((sum, it) => sum + (it ?? 0), 0);
  for (let index = 0; index < minutes; index += 1) {
    world.registerWh += (sumA * 230) / 60;
    tell(world, currentA, Math.floor(world.registerWh / stepWh) * stepWh);
  }
}

/** The next sample, whatever flows. */
function tell({ script, s1 }: World, currentA: Currents, energyWh?: number): void {
  wait(script, MINUTE_MS);
  const sample = { atMs: script.nowMs, currentA };
  const samples = [energyWh === undefined ? sample : { ...sample, energyWh }];
  feed(script, s1.sampled(samples, { transactionId: '1' }));
}

function state({ script }: World, id = S1): EvseState {
  const found = script.state.evses.get(id);
  if (found === undefined) throw new Error('the EVSE is there');
  return found;
}

const credit = (world: World) => state(world).ledger.phaseCredit;

describe('credit for fewer phases', () => {
  test.each<[Rotation, readonly boolean[]]>([
    ['RST', [true, false, false]],
    ['RTS', [true, false, false]],
    ['STR', [false, true, false]],
    ['SRT', [false, true, false]],
    ['TRS', [false, false, true]],
    ['TSR', [false, false, true]],
  ])('the first phase of an EVSE connected as %s', (rotation, channels) => {
    const world = charging(siteOf(rotation));
    draw(world, 3, [16, 0, 0.4]);
    expect(credit(world)).toEqual({ channels, untilMs: world.script.nowMs + CREDIT_MS });
  });
  test('is not earned under a lease that holds for the next transaction as well', () => {
    const world = charging(siteOf('RST'), ({ command }) =>
      command.kind === 'set-charging-profile' && command.profile.purpose === 'tx'
        ? { status: 'rejected', detail: 'purpose' }
        : undefined,
    );
    const carried = world.script.sent.some(
      ({ purpose, command }) =>
        purpose === 'grant' &&
        command.kind === 'set-charging-profile' &&
        command.profile.purpose === 'tx-default',
    );
    draw(world, 5, [16, 0, 0]);
    expect([carried, credit(world)]).toEqual([true, undefined]);
  });
  test('is earned after two minutes of samples, and not before', () => {
    const world = charging(siteOf('RST'));
    draw(world, 2, [16, 0, 0]);
    expect(credit(world)).toBeUndefined();
    draw(world, 1, [16, 0, 0]);
    expect(credit(world)).toBeDefined();
  });
  test.each<[string, readonly [number | undefined, number | undefined, number | undefined]]>([
    ['half an ampere flows there', [16, 0.5, 0.6]],
    ['less than 6 A flow anywhere', [5.9, 0, 0]],
    ['a phase is not measured', [16, undefined, undefined]],
    ['all phases are in use', [16, 16, 16]],
    ['current flows back on the other phases', [16, -2, -2]],
  ])('is not earned where %s', (_, currentA) => {
    const world = charging(siteOf('RST'));
    draw(world, 6, currentA);
    expect(credit(world)).toBeUndefined();
  });
  test('is not earned by a meter that tells the same for ever, or no energy', () => {
    for (const energyWh of [4711, undefined]) {
      const world = charging(siteOf('RST'));
      for (let minute = 0; minute < 20; minute += 1) tell(world, [16, 0, 0], energyWh);
      expect(credit(world)).toBeUndefined();
    }
  });
  test('ends by itself once the register stands still for longer than it did before it rose', () => {
    const world = charging(siteOf('RST'));
    draw(world, 5, [16, 0, 0]);
    const stuckWh = Math.floor(world.registerWh);
    // As much as before its last step, and two samples that may be ahead of it.
    for (let minute = 0; minute < 3; minute += 1) tell(world, [16, 0, 0], stuckWh);
    const { nowMs } = world.script;
    expect(credit(world)?.untilMs).toBe(nowMs + CREDIT_MS);
    for (let minute = 0; minute < 10; minute += 1) tell(world, [16, 0, 0], stuckWh);
    expect(credit(world)?.untilMs).toBe(nowMs + CREDIT_MS);
  });
  test('lasts beside a register that rises by 100 Wh every few samples', () => {
    const world = charging(siteOf('RST'));
    draw(world, 12, [6, 0, 0], 100);
    for (let minute = 0; minute < 30; minute += 1) {
      draw(world, 1, [6, 0, 0], 100);
      expect(credit(world)?.untilMs).toBeGreaterThan(world.script.nowMs);
    }
  });
  test('is the same after a restart: rows keep what samples have shown', () => {
    const world = charging(siteOf('RST'));
    draw(world, 2, [16, 0, 2]);
    const { script } = world;
    const rows = JSON.parse(JSON.stringify([...script.state.evses])) as [never, EvseState][];
    script.state = { ...script.state, evses: new Map(rows) };
    draw(world, 1, [16, 0, 2]);
    expect(credit(world)?.channels).toEqual([true, false, true]);
  });
  test('of a vehicle that uses all phases nothing is kept', () => {
    const world = charging(siteOf('RST'));
    draw(world, 3, [13, 13, 13]);
    expect(state(world).phaseWatch).toBeUndefined();
  });
  test('is not earned where the rotation is not known', () => {
    const world = charging(siteOf(undefined));
    draw(world, 6, [16, 0, 0]);
    expect(credit(world)).toBeUndefined();
  });
  test('is not earned across a gap of samples', () => {
    const world = charging(siteOf('RST'));
    draw(world, 1, [16, 0, 0]);
    wait(world.script, 3 * MINUTE_MS);
    draw(world, 1, [16, 0, 0]);
    expect(credit(world)).toBeUndefined();
  });
  test('lets others have the phases that it leaves', () => {
    const world = charging(siteOf('RST'));
    expect(state(world, S2).decision?.limitA).toBe(20);
    const site = world.script.state.site;
    const evses = site.evses.map((it) =>
      it.id === S2 ? { ...it, channels: [false, true, false] as const } : it,
    );
    const rewired = charging({ ...site, evses: evses.map((it) => without(it)) });
    expect(state(rewired, S2).decision?.limitA).toBe(20);
    draw(rewired, 5, [16, 0, 0]);
    expect(state(rewired, S2).decision?.limitA).toBe(32);
    expect(rewired.script.state.control.notGuaranteed).toEqual([]);
  });
});

describe('what is expected of the vehicle', () => {
  const learnt = (world: World) => [...world.script.state.sessions.values()][0]?.vehicle.channels;

  test('outlives the proof, for as long as nothing else is seen', () => {
    const world = charging(siteOf('STR'));
    draw(world, 1, [16, 0, 0]);
    expect(learnt(world)).toBeUndefined();
    draw(world, 3, [16, 0, 0]);
    expect(learnt(world)).toEqual([false, true, false]);
    draw(world, 6, [0, 0, 0]);
    wait(world.script, CREDIT_MS);
    expect(credit(world)?.untilMs).toBeLessThan(world.script.nowMs);
    expect(learnt(world)).toEqual([false, true, false]);
    draw(world, 1, [16, 16, 0]);
    expect(learnt(world)).toBeUndefined();
  });
});

/** A rotation has no meaning on one phase. */
function without(evse: Site['evses'][number]): Site['evses'][number] {
  if (evse.channels.every(Boolean)) return evse;
  const { rotation: _none, ...rest } = evse;
  return rest;
}

describe('the end of a credit', () => {
  function credited(): World {
    const world = charging(siteOf('RST'));
    draw(world, 4, [16, 0, 0]);
    return world;
  }

  test('comes with the first sample above 1 A, for the whole transaction', () => {
    const world = credited();
    draw(world, 1, [16, 1, 0]);
    expect(credit(world)).toBeDefined();
    draw(world, 1, [16, 1.1, 0]);
    expect(credit(world)).toBeUndefined();
    draw(world, 6, [16, 0, 0]);
    expect(credit(world)).toBeUndefined();
  });
  test('comes by itself where samples stay out, and overloads nothing', () => {
    const world = credited();
    const { script } = world;
    const untilMs = credit(world)?.untilMs ?? 0;
    for (let second = 0; second < 2 * CREDIT_MS; second += 5000) {
      wait(script, 5000);
      expect(script.state.control.notGuaranteed).toEqual([]);
    }
    expect(credit(world)?.untilMs).toBe(untilMs);
    expect(untilMs).toBeLessThan(script.nowMs);
  });
  test('is not put off by samples of a vehicle that pauses', () => {
    const world = credited();
    const untilMs = credit(world)?.untilMs;
    draw(world, 2, [0, 0, 0]);
    expect(credit(world)?.untilMs).toBe(untilMs);
  });
  test('is not put off by samples that come twice or late', () => {
    const world = credited();
    const { script, s1 } = world;
    const untilMs = credit(world)?.untilMs;
    const atMs = script.nowMs - MINUTE_MS;
    wait(script, 5000);
    feed(script, s1.sampled([{ atMs, currentA: [16, 0, 0] }], { transactionId: '1' }));
    expect(credit(world)?.untilMs).toBe(untilMs);
  });
  test('comes with the next transaction, not with the end of the one before', () => {
    const world = credited();
    const { script, s1 } = world;
    feed(script, s1.ended('1'));
    expect(credit(world)).toBeDefined();
    feed(script, s1.started('3'));
    expect(credit(world)).toBeUndefined();
    expect(state(world).phaseWatch).toBeUndefined();
  });
  test('comes with samples of a transaction whose start was not seen', () => {
    const world = credited();
    const { script, s1 } = world;
    feed(script, s1.ended('1'));
    const samples = [{ atMs: script.nowMs, currentA: [0, 0, 0] as const }];
    feed(script, s1.updated('4', { evseNumber: 1, samples }));
    expect(state(world).transactionId).toBe('4');
    expect(credit(world)).toBeUndefined();
  });
  test('comes with another wiring', () => {
    const world = credited();
    const { script } = world;
    const { site } = script.state;
    const evses = site.evses.map((it) => ({ ...it, rotation: 'STR' as const }));
    const edited = { ...site, evses, version: site.version + 1 };
    feed(script, { type: 'site.edited', site: edited, actor: 'owner' });
    expect(credit(world)).toBeUndefined();
  });
  test('makes room again: who had the phase is cut at once', () => {
    const site = siteOf('RST');
    const evses = site.evses.map((it) =>
      it.id === S2 ? without({ ...it, channels: [false, true, false] }) : it,
    );
    const world = charging({ ...site, evses });
    draw(world, 5, [20, 0, 0]);
    expect(state(world, S2).decision?.limitA).toBe(32);
    draw(world, 1, [20, 20, 20]);
    expect(state(world, S2).decision?.limitA).toBe(20);
    wait(world.script, 30_000);
    expect(world.script.state.control.notGuaranteed).toEqual([]);
  });
});
