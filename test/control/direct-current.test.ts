/** R12 for chargers of direct current: told in the W that they give, counted by what they take. */
import { describe, expect, test } from 'vitest';
import { worstCaseAt } from '../../ledger/index.js';
import type { ChargingProfile } from '../../profiles/index.js';
import { amps } from '../../solver/index.js';
import type { MeterSample } from '../../src/ocpp/messages.js';
import { checkSite } from '../../src/sites/check-site.js';
import { liveSite } from '../../src/sites/live.js';
import type { Site } from '../../src/sites/site.js';
import { siteTiers } from '../../src/sites/snapshot.js';
import { charging, state, type World } from './charging-vehicle.js';
import { feed, wait } from './ideal-station.js';
import { smallSite } from './small-site.js';

const EFFICIENCY = 0.9;
/** 1 A on each of three phases at 207 V. */
const STANDBY_W = 621;
const MINUTE_MS = 60_000;
/** What 40 A on each phase give at the lowest voltage. */
const GIVEN_W = 40 * 3 * 207 * EFFICIENCY;

/** 80 A at most, 41 A for everything. */
function site(limitA = 41): Site {
  const plain = smallSite({ limitA });
  const evses = plain.evses.map((it) => ({
    ...it,
    currentMaxA: amps(80),
    dc: { efficiencyMin: EFFICIENCY, standbyW: STANDBY_W },
  }));
  return { ...plain, evses };
}

const leases = ({ script }: World): ChargingProfile[] =>
  script.sent.flatMap(({ command }) =>
    command.kind === 'set-charging-profile' && command.profile.purpose === 'tx'
      ? [command.profile]
      : [],
  );

const worstA = (world: World): number => {
  const { nowMs, state: now } = world.script;
  return worstCaseAt(state(world).ledger, nowMs, now.site.settings);
};

const alarms = ({ script }: World): readonly string[] =>
  script.effects.flatMap((it) => (it.type === 'alarm' ? [it.code] : []));

/** A sample every ten seconds. */
function reads(world: World, sample: Omit<MeterSample, 'atMs'>, times: number): void {
  for (let at = 0; at < times; at += 1) {
    wait(world.script, 10_000);
    const samples = [{ ...sample, atMs: world.script.nowMs }];
    feed(world.script, world.s1.sampled(samples, { transactionId: '1' }));
  }
}

describe('a charger of direct current', () => {
  test('R12 is told in W that it gives what its supply leaves beside its standby', () => {
    const world = charging(site());
    expect(worstA(world)).toBe(40);
    const lease = leases(world).at(-1);
    expect(lease?.unit).toBe('W');
    expect(lease?.periods[0]?.limit).toBe(Math.floor(GIVEN_W));
    // Phases mean nothing to it.
    expect(lease?.periods.some((it) => 'numberPhases' in it)).toBe(false);
    // A tail of 6 A on each phase, where a vehicle on alternating current could put all of it on one.
    expect(lease?.periods.at(-1)?.limit).toBe(6 * 3 * 207 * EFFICIENCY);
  });

  test('R12 its standby is kept free on every circuit above it, with nobody there', () => {
    const tier = siteTiers({ ...charging(site()).script.state }, 0)[0];
    expect(tier?.circuits[0]?.keptA?.map((it) => it.toFixed(6))).toEqual([
      '1.000000',
      '1.000000',
      '1.000000',
    ]);
    const tight = smallSite({ limitA: 16, baseLoadMaxA: 15.5 });
    const evses = tight.evses.map((it) => ({
      ...it,
      dc: { efficiencyMin: 1, standbyW: STANDBY_W },
    }));
    expect(checkSite({ ...tight, evses }).map(({ rule }) => rule)).toContain(
      'fallback-does-not-fit',
    );
  });

  test('R9 currents of the battery are no currents of the supply, whatever they are', () => {
    const world = charging(site());
    reads(world, { powerW: GIVEN_W, currentA: [300, 300, 300] }, 30);
    expect(alarms(world)).not.toContain('overdraw');
    expect(state(world).ledger.distrusted).toBe(false);
    const drawnA = Math.max(...([...world.script.state.sessions.values()][0]?.drawnA ?? []));
    expect(drawnA).toBeCloseTo(40, 6);
  });

  test.each([
    ['its power', { powerW: GIVEN_W * 1.09 }],
    ['current times voltage', { currentA: [250, 250, 250], voltageV: [400, 400, 400] } as const],
  ])('R9 is found out by %s where it gives more than it was told', (_by, sample) => {
    const world = charging(site());
    reads(world, sample, 30);
    expect(state(world).ledger.distrusted).toBe(true);
    expect(worstA(world)).toBeGreaterThanOrEqual(80);
  });

  test('R9 is found out by its energy register alone where no loss explains it', () => {
    const world = charging(site());
    let energyWh = 0;
    for (let at = 0; at < 60; at += 1) {
      energyWh += (GIVEN_W * 1.5 * 10) / 3600;
      reads(world, { energyWh: Math.floor(energyWh) }, 1);
    }
    expect(state(world).ledger.distrusted).toBe(true);
  });

  test('R9 at its hardware maximum is believed to lose nothing, at the highest voltage', () => {
    const world = charging(site(200));
    expect(worstA(world)).toBe(80);
    // Told no less than it can take, at any voltage; its tail as ever.
    const limits = leases(world)
      .at(-1)
      ?.periods.map((it) => it.limit);
    expect(limits).toEqual([80 * 3 * 253, 6 * 3 * 207 * EFFICIENCY]);
    reads(world, { powerW: 80 * 3 * 250 }, 30);
    expect(state(world).ledger.distrusted).toBe(false);
    reads(world, { powerW: 80 * 3 * 253 * 1.1 }, 30);
    expect(state(world).ledger.distrusted).toBe(true);
  });

  test('counts in the picture of the site by what it takes', () => {
    const world = charging(site());
    reads(world, { powerW: 18_000 }, 3);
    wait(world.script, MINUTE_MS);
    const live = liveSite(world.script.state, world.script.nowMs);
    expect(live.evses[0]?.powerW).toBeCloseTo(18_000 / EFFICIENCY, 6);
    expect(live.ceilingW).toBeLessThanOrEqual(live.limitW);
  });
});
