/** R12: sessions that were measured on fewer phases than they are wired to. */
import { describe, expect, test } from 'vitest';
import {
  ceiling,
  channelLoads,
  countedChannels,
  type EvseLedger,
  grant,
  worstCase,
} from '../../ledger/index.js';
import { amps, type PerChannel, volts } from '../../solver/index.js';
import { command, entry, grantEvse, input, sec, SETTINGS, T0 } from './build.js';

const ALL: PerChannel<boolean> = [true, true, true];
const L2: PerChannel<boolean> = [false, true, false];
const credit = (untilSec: number, channels = L2) => ({ channels, untilMs: sec(untilSec) });
const onL2 = (untilSec: number, given: Partial<EvseLedger> = {}): Partial<EvseLedger> => ({
  commands: [command(1, 32, 900)],
  phaseCredit: credit(untilSec),
  ...given,
});

describe('W on each phase', () => {
  const loads = (given: Partial<EvseLedger>) => {
    const ledger = entry(given);
    return channelLoads(ledger, ALL, worstCase(ledger, T0, SETTINGS)).map(
      ({ channels, steps }) =>
        `${channels.map(Number).join('')} ${steps.map((it) => `${(it.fromMs - T0) / 1000}:${it.currentA}`).join(' ')}`,
    );
  };

  test('is W on the phases in use, and F0 on the others until the credit ends', () => {
    expect(loads(onL2(200))).toEqual(['010 0:32 922:0', '101 0:0 200:32 922:0']);
    expect(loads(onL2(200, { fallbackIdleA: amps(6) }))).toEqual([
      '010 0:32 922:6',
      '101 0:6 200:32 922:6',
    ]);
  });
  test.each<[string, Partial<EvseLedger>]>([
    ['its credit has ended', { phaseCredit: credit(0) }],
    ['it is distrusted', { distrusted: true }],
    ['its model was not tested', { offlineTested: false }],
    ['its fallback has just been read back', { fallbackSettlesAtMs: sec(1) }],
    ['it has shown no lease, so that its clock may be wrong', { leaseShown: false }],
  ])('counts on all phases where %s', (_, given) => {
    const found = loads(onL2(200, given));
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(/^111 0:32/);
  });
  test('nothing is known to be free for longer than the credit lasts', () => {
    const ledger = entry(onL2(200));
    expect(countedChannels(ledger, ALL, { nowMs: T0, atMs: sec(199) })).toEqual(L2);
    expect(countedChannels(ledger, ALL, { nowMs: T0, atMs: sec(200) })).toEqual(ALL);
  });
  test('the ceiling of a circuit shows it', () => {
    const { id, circuitId, channels, ledger } = grantEvse('a', { ledger: onL2(200) });
    const evses = [{ id, circuitId, channels, ledger }];
    const { tiers } = input([], 32);
    const given = { nowMs: T0, horizonSec: 3600, tiers, evses, settings: SETTINGS };
    const [root] = ceiling({ ...given, voltageV: volts(230) }).circuits;
    expect(root?.steps.map((it) => [(it.fromMs - T0) / 1000, it.currentA])).toEqual([
      [0, [0, 32, 0]],
      [200, [32, 32, 32]],
      [922, [0, 0, 0]],
    ]);
  });
});

describe('grant beside a session on one phase', () => {
  const L1 = [true, false, false] as const;
  const beside = (ledger: Partial<EvseLedger>, channels: PerChannel<boolean>) =>
    grant(
      input(
        [
          grantEvse('a', { goalA: 32, ledger, given: { channels: ALL } }),
          grantEvse('b', { goalA: 16, given: { channels } }),
        ],
        32,
      ),
    ).grants.map((it) => `${it.evseId} ${it.limitA} until ${(it.boundaryAtMs - T0) / 1000}`);

  test('a free phase is given to others, skew and settle before the credit ends', () => {
    expect(beside(onL2(200), L1)).toEqual(['b 16 until 178']);
  });
  test('the phase in use is not', () => {
    expect(beside(onL2(200), L2)).toEqual([]);
    expect(beside(onL2(200), ALL)).toEqual([]);
  });
  test('nor is a free one for less time than a lease is worth', () => {
    expect(beside(onL2(51), L1)).toEqual([]);
    expect(beside(onL2(52), L1)).toEqual(['b 16 until 30']);
  });
  test('its own raise counts on all phases after the credit: its lease ends before, beside others', () => {
    const ledger = { commands: [command(1, 6, 900)], phaseCredit: credit(200) };
    const b = { commands: [command(1, 20, 900)] };
    const { grants } = grant(
      input(
        [
          grantEvse('a', { goalA: 32, ledger, given: { channels: ALL } }),
          grantEvse('b', { goalA: 20, ledger: b, given: { channels: L1 } }),
        ],
        32,
      ),
    );
    expect(grants.map((it) => [it.evseId, it.limitA, (it.boundaryAtMs - T0) / 1000])).toEqual([
      ['a', 32, 178],
    ]);
  });
  test('two sessions on different phases have one rating twice', () => {
    const ledger = (channels: PerChannel<boolean>): Partial<EvseLedger> => ({
      commands: [command(1, 6, 900)],
      phaseCredit: credit(300, channels),
    });
    const { grants } = grant(
      input(
        [
          grantEvse('a', { goalA: 32, ledger: ledger(L1) }),
          grantEvse('b', { goalA: 32, ledger: ledger(L2) }),
        ],
        32,
      ),
    );
    expect(grants.map((it) => [it.evseId, it.limitA, (it.boundaryAtMs - T0) / 1000])).toEqual([
      ['a', 32, 278],
      ['b', 32, 278],
    ]);
  });
});
