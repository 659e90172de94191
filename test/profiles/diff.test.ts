import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  applyProfileCommand,
  diffProfiles,
  installedFrom,
  predictComposite,
  profileIdOf,
  SAME_LIMIT_A,
  type ChargingProfile,
  type DiffOptions,
  type ProfileCommand,
  type ProfilePurpose,
  type ProfileVersion,
} from '../../profiles/index.js';

const NOW_MS = 1_750_000_000_000;
const START_MS = NOW_MS - 60_000;
const EVSE_COUNT = 3;

describe('diffProfiles', () => {
  test('asks for nothing when the station already allows the same from now on', () => {
    const held = [profile('tx', 1, [16, 6]), profile('tx-default', 1, [0])];
    const renewed = { ...profile('tx', 1, [16, 6]), startAtMs: START_MS - 40_000 };
    const shifted = {
      ...renewed,
      periods: renewed.periods.map((period, index) =>
        index === 0 ? period : { ...period, startSec: period.startSec + 40 },
      ),
    };
    expect(diffProfiles(held, [shifted, profile('tx-default', 1, [0])], options())).toEqual([]);
  });

  test('sends cuts before raises, whatever the order of the EVSEs', () => {
    const held = [1, 2, 3].map((evse) => profile('tx', evse, [10]));
    const wanted = [profile('tx', 1, [16]), profile('tx', 2, [4]), profile('tx', 3, [6, 12])];
    expect(summary(diffProfiles(held, wanted, options()))).toEqual([
      'set 2002 cut',
      'set 2003 mixed',
      'set 2001 raise',
    ]);
  });

  test('sets the lower default before it clears the profile that was below it', () => {
    const held = [profile('tx-default', 1, [30]), profile('tx', 1, [6])];
    const wanted = [profile('tx-default', 1, [6])];
    expect(summary(diffProfiles(held, wanted, options()))).toEqual([
      'set 1001 cut',
      'clear 2001 none',
    ]);
  });

  test('never clears where a set replaces', () => {
    const held = [profile('tx', 1, [16]), { ...profile('tx-default', 1, [16]), id: 77 }];
    const wanted = [profile('tx', 1, [6]), profile('tx-default', 1, [0])];
    const commands = diffProfiles(held, wanted, options({}, 'ocpp1.6'));
    expect(commands.map(({ kind }) => kind)).toEqual([
      'set-charging-profile',
      'set-charging-profile',
    ]);
    expect(
      applyAll(held, commands, 'ocpp1.6')
        .map(({ id }) => id)
        .sort(),
    ).toEqual([1001, 2001]);
  });

  test('on 2.x clears a rival first, because ours would be refused as a duplicate', () => {
    const held = [{ ...profile('tx-default', 1, [16]), id: 77 }];
    const wanted = [profile('tx-default', 1, [0])];
    const commands = diffProfiles(held, wanted, options({}, 'ocpp2.0.1'));
    expect(commands.map(({ kind }) => kind)).toEqual([
      'clear-charging-profile',
      'set-charging-profile',
    ]);
    expect(applyAll(held, commands, 'ocpp2.0.1')).toEqual(wanted);
  });

  test('the deadband holds back small raises and never a cut', () => {
    const held = [profile('tx', 1, [10]), profile('tx', 2, [10]), profile('tx', 3, [10, 6])];
    const wanted = [profile('tx', 1, [10.9]), profile('tx', 2, [9.9]), profile('tx', 3, [10.5, 8])];
    expect(summary(diffProfiles(held, wanted, options({ deadbandA: 1 })))).toEqual([
      'set 2002 cut',
      'set 2003 raise',
    ]);
  });

  test('compares a change of unit as current', () => {
    const held = [{ ...profile('tx', 1, [11_040]), unit: 'W' as const }];
    expect(summary(diffProfiles(held, [profile('tx', 1, [10])], options()))).toEqual([
      'set 2001 cut',
    ]);
  });

  test('goes through the lowest limits where two changes are safe only together', () => {
    const held = [profile('tx', 1, [6, 30]), profile('station-max', 0, [30, 6])];
    const wanted = [profile('tx', 1, [30, 6]), profile('station-max', 0, [6, 30])];
    const commands = diffProfiles(held, wanted, options());
    expect(commands).toHaveLength(3);
    expectSafe(held, wanted, commands, 'ocpp1.6');
  });

  test('prefers the order that is safe without a detour', () => {
    const held = [profile('tx', 1, [10, 16, 16]), profile('station-max', 0, [6, 32, 32])];
    const wanted = [profile('tx', 1, [10, 32, 6]), profile('station-max', 0, [32, 10, 32])];
    expect(summary(diffProfiles(held, wanted, options()))).toEqual([
      'set 3000 mixed',
      'set 2001 cut',
    ]);
  });

  test('refuses two wanted profiles that cannot stand beside each other', () => {
    const twice = [profile('tx', 1, [6]), { ...profile('tx', 1, [6]), id: 5 }];
    expect(() => diffProfiles([], twice, options())).toThrow('share purpose, level and EVSE');
  });

  test.each<ProfileVersion>(['ocpp1.6', 'ocpp2.0.1'])(
    'ends in the wanted set and no EVSE is ever allowed more than before or after (%s)',
    (version) => {
      fc.assert(
        fc.property(profileSets, profileSets, (held, wanted) => {
          const commands = diffProfiles(held, wanted, options({}, version));
          expectSafe(held, wanted, commands, version);
          expectSameAllowance(applyAll(held, commands, version), wanted, version);
          const changed = new Set([...held, ...wanted].map(({ id }) => id)).size;
          const bridges = commands.length - new Set(commands.map(idOf)).size;
          expect(commands.length - bridges).toBeLessThanOrEqual(changed);
        }),
        { seed: 23, numRuns: 150 },
      );
    },
  );

  test('with open-ended limits the sum of the station never exceeds both ends', () => {
    fc.assert(
      fc.property(flatSets, flatSets, (held, wanted) => {
        const sum = (profiles: readonly ChargingProfile[]) =>
          [1, 2, 3].reduce((total, evse) => total + allowed(profiles, evse, NOW_MS, 'ocpp1.6'), 0);
        const highest = Math.max(sum(held), sum(wanted)) + SAME_LIMIT_A;
        let now: readonly ChargingProfile[] = held;
        for (const command of diffProfiles(held, wanted, options())) {
          now = applyProfileCommand(now, command, 'ocpp1.6');
          expect(sum(now)).toBeLessThanOrEqual(highest);
        }
      }),
      { seed: 29, numRuns: 200 },
    );
  });
});

function options(
  change: Partial<DiffOptions> = {},
  version: ProfileVersion = 'ocpp1.6',
): DiffOptions {
  return {
    nowMs: NOW_MS,
    deadbandA: 0,
    station: {
      version,
      evseCount: EVSE_COUNT,
      defaultLimitA: 32,
      defaultLimitW: 22_080,
      defaultPhaseCount: 3,
      voltageV: 230,
    },
    ...change,
  };
}

/** Limits that change every 15 minutes, from a minute ago on. */
function profile(
  purpose: ProfilePurpose,
  evseNumber: number,
  limitsA: readonly number[],
): ChargingProfile {
  return {
    id: profileIdOf(purpose, evseNumber, undefined),
    stackLevel: 0,
    purpose,
    evseNumber,
    ...(purpose === 'tx' ? { transactionId: '17' } : {}),
    startAtMs: START_MS,
    unit: 'A',
    periods: limitsA.map((limit, index) => ({ startSec: index * 900, limit })),
  };
}

const limits = fc.array(fc.constantFrom(0, 6, 10, 16, 25, 32), { minLength: 1, maxLength: 3 });
const maybe = (purpose: ProfilePurpose, evse: number) =>
  fc.option(
    limits.map((drawn) => profile(purpose, evse, drawn)),
    { nil: undefined },
  );
const EVSES = [1, 2, 3];

const profileSets = fc
  .tuple(
    maybe('station-max', 0),
    ...EVSES.flatMap((evse) => [maybe('tx-default', evse), maybe('tx', evse)]),
  )
  .map((drawn) => drawn.filter((each) => each !== undefined));

/** Every EVSE has one open-ended TxProfile. */
const flatSets = fc.tuple(
  ...EVSES.map((evse) =>
    fc.constantFrom(0, 6, 10, 16, 32).map((limitA) => profile('tx', evse, [limitA])),
  ),
);

function allowed(
  profiles: readonly ChargingProfile[],
  evseNumber: number,
  atMs: number,
  version: ProfileVersion,
): number {
  const { station } = options({}, version);
  const facts = { ...station, transactions: [], assumeTransactions: true };
  const request = { evseNumber, fromMs: atMs, toMs: atMs, unit: 'A' } as const;
  const { periods } = predictComposite(profiles.map(installedFrom), facts, request);
  return periods[0]?.limit ?? Number.NaN;
}

const INSTANTS_MS = [0, 839, 840, 1739, 1740].map((sec) => NOW_MS + sec * 1000);

function expectSafe(
  held: readonly ChargingProfile[],
  wanted: readonly ChargingProfile[],
  commands: readonly ProfileCommand[],
  version: ProfileVersion,
): void {
  const before = everyView(held, version);
  const after = everyView(wanted, version);
  let now = held;
  for (const command of commands) {
    now = applyProfileCommand(now, command, version);
    const above = everyView(now, version).filter(
      (limitA, view) => limitA > Math.max(before[view] ?? 0, after[view] ?? 0) + SAME_LIMIT_A,
    );
    expect(above).toEqual([]);
  }
}

function expectSameAllowance(
  given: readonly ChargingProfile[],
  wanted: readonly ChargingProfile[],
  version: ProfileVersion,
): void {
  expect(given.map(({ id }) => id).sort()).toEqual(wanted.map(({ id }) => id).sort());
  expect(everyView(given, version)).toEqual(everyView(wanted, version));
}

/** Each EVSE at each instant, with its TxProfile and, for the next session, without; A. */
function everyView(profiles: readonly ChargingProfile[], version: ProfileVersion): number[] {
  const idle = profiles.filter(({ purpose }) => purpose !== 'tx');
  return EVSES.flatMap((evse) =>
    INSTANTS_MS.flatMap((atMs) =>
      [profiles, idle].map((held) => allowed(held, evse, atMs, version)),
    ),
  );
}

function applyAll(
  held: readonly ChargingProfile[],
  commands: readonly ProfileCommand[],
  version: ProfileVersion,
): readonly ChargingProfile[] {
  return commands.reduce<readonly ChargingProfile[]>(
    (now, command) => applyProfileCommand(now, command, version),
    held,
  );
}

function idOf(command: ProfileCommand): number | undefined {
  return command.kind === 'set-charging-profile' ? command.profile.id : command.profileId;
}

function summary(commands: readonly ProfileCommand[]): string[] {
  return commands.map((command) =>
    [command.kind.split('-')[0], idOf(command), command.effect].join(' '),
  );
}
