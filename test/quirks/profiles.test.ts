/** How real boxes take charging profiles: what is refused, ignored, or understood in a way of its own. */
import { describe, expect, test } from 'vitest';
import { worstCaseAt } from '../../ledger/index.js';
import type { ChargingProfile } from '../../profiles/index.js';
import { evseId, watts } from '../../solver/index.js';
import { initialState } from '../../src/control/initial-state.js';
import type {
  EvseState,
  PendingCommand,
  SiteEvent,
  StationState,
} from '../../src/control/state.js';
import { setProfileCall } from '../../src/ocpp/profile-wire.js';
import type { CommandOutcome } from '../../src/ocpp/messages.js';
import { MEASURAND_SETS } from '../../src/ocpp/measurand-sets.js';
import { feed, openScript, type Script, wait } from '../control/ideal-station.js';
import { smallSite, START_MS } from '../control/small-site.js';
import { voiceOf } from '../control/station-events.js';

type Reply = (pending: PendingCommand) => CommandOutcome | undefined;

interface World {
  readonly script: Script;
  readonly station: () => StationState;
  readonly evse: () => EvseState;
  /** The most that the EVSE may draw now, A. */
  readonly worstA: () => number;
  readonly profiles: () => readonly ChargingProfile[];
}

const EVSE = evseId('S1:1');
const NO: CommandOutcome = { status: 'rejected', detail: 'Rejected' };
const DECLARED = {
  ChargeProfileMaxStackLevel: '8',
  ChargingScheduleAllowedChargingRateUnit: 'Current',
  ChargingScheduleMaxPeriods: '24',
};

/** A station that boots and answers; `declares` beside what an ideal one would. */
function open(
  reply: Reply = () => undefined,
  declares: Readonly<Record<string, string>> = {},
  site: Parameters<typeof smallSite>[0] = {},
): World {
  const script = openScript(initialState(smallSite(site), 1, START_MS), START_MS);
  const voice = voiceOf('S1', script);
  script.reply = (pending) => {
    const own = reply(pending);
    if (own !== undefined || pending.command.kind !== 'read-variables') return own;
    return { status: 'accepted', variables: { ...DECLARED, ...declares } };
  };
  feed(script, voice.connected(), voice.booted());
  wait(script, 60_000);
  const found = <T>(value: T | undefined): T => {
    if (value === undefined) throw new Error('not there');
    return value;
  };
  const evse = () => found(script.state.evses.get(EVSE));
  return {
    script,
    station: () => found(script.state.stations.get(voice.id)),
    evse,
    worstA: () => worstCaseAt(evse().ledger, script.nowMs, script.state.site.settings),
    profiles: () =>
      script.sent.flatMap(({ command }) =>
        command.kind === 'set-charging-profile' ? [command.profile] : [],
      ),
  };
}

function charge({ script }: World): void {
  feed(script, voiceOf('S1', script).started('7'));
  wait(script, 60_000);
}

function owner({ state }: Script, importLimitW: number): SiteEvent {
  const { site } = state;
  const edited = { ...site, version: site.version + 1, importLimitW: watts(importLimitW) };
  return { type: 'site.edited', site: edited, actor: 'owner' };
}

const limitA = ({ evse }: World): number | undefined => evse().decision?.limitA;

describe('refused', () => {
  test('is the maximum of the station by some (Timxon): it is never asked to hold one', () => {
    const world = open(({ command }) =>
      command.kind === 'clear-charging-profile'
        ? { status: 'not-supported', detail: '' }
        : undefined,
    );
    charge(world);
    expect(world.station().stage).toBe('ready');
    expect(limitA(world)).toBe(32);
    expect(new Set(world.profiles().map(({ purpose }) => purpose))).toEqual(
      new Set(['tx-default', 'tx']),
    );
  });

  test('is connector 0 by some (EN+ Caro): every profile names its EVSE', () => {
    const world = open(undefined, {}, { evsesPerStation: 2 });
    charge(world);
    expect(world.profiles().length).toBeGreaterThan(2);
    expect(new Set(world.profiles().map(({ evseNumber }) => evseNumber))).toEqual(new Set([1, 2]));
  });

  test.each(['3', '8'])(
    'is every stack level but 0, although %s are declared (Terra AC, Wallbox)',
    (ChargeProfileMaxStackLevel) => {
      const world = open(
        ({ command }) =>
          command.kind === 'set-charging-profile' && command.profile.stackLevel > 0
            ? NO
            : undefined,
        { ChargeProfileMaxStackLevel },
      );
      charge(world);
      expect(world.station()).toMatchObject({ stage: 'ready', stackLevel: 0 });
      expect(limitA(world)).toBe(32);
    },
  );

  test('is the second profile of the same id (Delta): the first one goes on to count', () => {
    const taken = new Set<number>();
    const world = open(({ command }) => {
      if (command.kind !== 'set-charging-profile' || command.profile.purpose !== 'tx') return;
      if (taken.has(command.profile.id)) return NO;
      taken.add(command.profile.id);
      return undefined;
    });
    charge(world);
    const firstA = world.profiles().at(-1)?.periods[0]?.limit ?? 0;
    feed(world.script, owner(world.script, 5_000));
    wait(world.script, 30_000);
    expect(firstA).toBe(32);
    expect(world.worstA()).toBe(32);
    expect(world.script.effects).toContainEqual(
      expect.objectContaining({ type: 'alarm', code: 'profile-refused' }),
    );
  });
});

describe('a composite schedule', () => {
  test.each<[string, CommandOutcome]>([
    ['that is refused (Delta)', NO],
    ['that is not known', { status: 'not-supported', detail: '' }],
    ['without a schedule', { status: 'accepted' }],
    [
      'without periods (Beny)',
      {
        status: 'accepted',
        schedule: { evseNumber: 1, startAtMs: START_MS, durationSec: 60, unit: 'A', periods: [] },
      },
    ],
    ['of -1 for no limit (OpenEVSE)', { status: 'error', detail: 'schedule not readable' }],
  ])('%s leaves the EVSE reserved at its maximum, and useful', (_what, outcome) => {
    const world = open(({ command }) =>
      command.kind === 'get-composite-schedule' ? outcome : undefined,
    );
    expect(world.worstA()).toBe(32);
    expect(world.station().trouble).toContain('cannot show its composite schedule');
    charge(world);
    expect(limitA(world)).toBe(32);
  });
});

describe('what is declared', () => {
  test.each(['Power', 'W', 'w', 'power', 'Power,Power'])(
    'as %s is watts alone, at the lowest voltage',
    (ChargingScheduleAllowedChargingRateUnit) => {
      const world = open(undefined, { ChargingScheduleAllowedChargingRateUnit });
      charge(world);
      const tx = world.profiles().findLast(({ purpose }) => purpose === 'tx');
      expect(tx).toMatchObject({ unit: 'W', periods: [{ startSec: 0, limit: 32 * 207 * 3 }, {}] });
    },
  );

  test.each(['Current', 'Current,Power', 'A', 'A,W', 'current;power', ''])(
    'as %j is amperes',
    (ChargingScheduleAllowedChargingRateUnit) => {
      const world = open(undefined, { ChargingScheduleAllowedChargingRateUnit });
      expect(new Set(world.profiles().map(({ unit }) => unit))).toEqual(new Set(['A']));
    },
  );

  test.each<Readonly<Record<string, string>>>([
    { ChargingScheduleMaxPeriods: '0' },
    { ChargingScheduleMaxPeriods: '-1' },
    { ChargingScheduleMaxPeriods: '99999999999999999999' },
    { ChargeProfileMaxStackLevel: '99999999999999999999' },
    { ChargeProfileMaxStackLevel: '4294967295' },
    { ChargeProfileMaxStackLevel: 'eight', ChargingScheduleMaxPeriods: '' },
  ])('without sense is not believed: %j', (declares) => {
    const world = open(undefined, declares);
    charge(world);
    expect(world.station().stage).toBe('ready');
    expect(limitA(world)).toBe(32);
    for (const { stackLevel } of world.profiles()) expect(stackLevel).toBeLessThanOrEqual(8);
  });

  test('as one period is one period, that holds for ever', () => {
    const world = open(undefined, { ChargingScheduleMaxPeriods: '1' });
    charge(world);
    expect(limitA(world)).toBe(32);
    expect(world.profiles().at(-1)?.periods).toEqual([{ startSec: 0, limit: 32 }]);
    wait(world.script, 3_600_000);
    expect(world.worstA()).toBe(32);
  });

  test('as one period is obeyed where the circuit is not large enough for all', () => {
    const world = open(undefined, { ChargingScheduleMaxPeriods: '1' }, { stations: 2, limitA: 40 });
    const voice = voiceOf('S2', world.script);
    feed(world.script, voice.connected(), voice.booted());
    wait(world.script, 60_000);
    charge(world);
    feed(world.script, voice.started('8'));
    wait(world.script, 600_000);
    const { evses, site } = world.script.state;
    const sumA = [...evses.values()].reduce(
      (sum, { ledger }) => sum + worstCaseAt(ledger, world.script.nowMs, site.settings),
      0,
    );
    expect(sumA).toBeLessThanOrEqual(40);
    const limits = [...evses.values()].map(({ decision }) => decision?.limitA ?? 0);
    expect(Math.min(...limits)).toBeGreaterThanOrEqual(6);
  });
});

describe('what is written', () => {
  const written = (version: 'ocpp1.6' | 'ocpp2.0.1') => {
    const world = open();
    charge(world);
    return world.profiles().map((profile) => {
      const call = setProfileCall(version, { kind: 'set-charging-profile', profile });
      if ('broken' in call) throw new Error(call.broken);
      const text = JSON.stringify(call.payload);
      const kind = /"chargingProfileKind":"(\w+)"/.exec(text)?.[1];
      const start = /"startSchedule":"([^"]+)"/.exec(text)?.[1];
      return { kind, startAtMs: Date.parse(start ?? ''), text, nowMs: world.script.nowMs };
    });
  };

  test.each(['ocpp1.6', 'ocpp2.0.1'] as const)(
    '%s names a start of the past, since "now" is ignored by some (evcc), and never recurs (DST)',
    (version) => {
      for (const { kind, startAtMs, nowMs, text } of written(version)) {
        expect(kind).toBe('Absolute');
        expect(nowMs - startAtMs).toBeGreaterThanOrEqual(60_000);
        expect(text).not.toMatch(/recurrencyKind|validTo|"duration"/);
      }
    },
  );

  test('to memory that wears out (defaults) is written once, however often limits change', () => {
    const world = open();
    charge(world);
    for (let hour = 0; hour < 24; hour += 1) wait(world.script, 3_600_000);
    const purposes = world.profiles().map(({ purpose }) => purpose);
    expect(purposes.filter((it) => it === 'tx-default')).toHaveLength(1);
    expect(purposes.filter((it) => it === 'tx').length).toBeLessThanOrEqual(1 + 24 * 6);
  });

  test('asks for few measurands: with all of them some reboot without end (Terra AC)', () => {
    for (const set of MEASURAND_SETS) expect(set.length).toBeLessThanOrEqual(3);
  });
});

test('a box that boots again and again gets few commands, and its profiles once it stays up', () => {
  const world = open();
  const { script } = world;
  const voice = voiceOf('S1', script);
  let pendingMax = 0;
  for (let boot = 0; boot < 100; boot += 1) {
    feed(script, voice.booted());
    wait(script, 5_000);
    pendingMax = Math.max(pendingMax, script.state.pending.size);
  }
  expect(pendingMax).toBeLessThan(5);
  wait(script, 12 * 60_000);
  expect(world.station().stage).toBe('ready');
  expect(world.worstA()).toBe(0);
});
