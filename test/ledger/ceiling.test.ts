import { expect, test } from 'vitest';
import { ceiling, type EvseLedger } from '../../ledger/index.js';
import { amps, circuitId, volts } from '../../solver/index.js';
import { circuit, command, entry, grantEvse, SETTINGS, sec, T0, wye } from './build.js';

const at = (id: string, ledger: Partial<EvseLedger>) => grantEvse(id, { circuit: 'leaf', ledger });
const circuits = [circuit('root', [wye(100)]), circuit('leaf', [wye(50)], 'root')];
const over = (evses: readonly ReturnType<typeof at>[], horizonSec = 3600) =>
  ceiling({
    nowMs: T0,
    horizonSec,
    tiers: [{ fromMs: T0, circuits }],
    evses,
    settings: SETTINGS,
    voltageV: volts(230),
  });

test('shows per circuit what may be drawn if everything goes silent now', () => {
  const one = {
    ...at('a', { commands: [command(1, 16, 900)] }),
    channels: [true, false, false],
  } as const;
  const three = at('b', { commands: [command(1, 10, 300, { tailA: amps(6) })] });
  const [root, leaf] = over([one, three]).circuits;
  expect(root?.steps).toEqual([
    { fromMs: T0, currentA: [26, 10, 10], powerW: 46 * 230 },
    { fromMs: sec(322), currentA: [22, 6, 6], powerW: 34 * 230 },
    { fromMs: sec(922), currentA: [6, 6, 6], powerW: 18 * 230 },
  ]);
  expect(leaf).toEqual({ circuitId: circuitId('leaf'), steps: root?.steps });
  expect(over([one, three], 400).circuits[0]?.steps.length).toBe(2);
});
test('names for each reserve how much it is and why', () => {
  const { fallbackIdleA: _unread, ...unread } = entry();
  const accepted = command(2, 10, 900);
  const { reserved } = over([
    at('a', { commands: [command(1, 16, 900, { state: 'unknown' }), accepted] }),
    at('b', {
      commands: [command(1, 32, 900, { state: 'superseded', countsUntilMs: sec(5) }), accepted],
    }),
    at('c', { offlineTested: false, commands: [accepted] }),
    at('d', { distrusted: true, commands: [accepted] }),
    { ...at('e', {}), ledger: { ...unread, commands: [accepted] } },
    at('f', { fallbackIdleA: amps(12), commands: [accepted] }),
    at('g', { leaseShown: false, commands: [command(1, 16, -60)] }),
    at('h', { commands: [command(1, 16, -5)] }),
    at('i', { commands: [accepted] }),
  ]);
  expect(reserved.map(({ evseId, reservedA, cause }) => `${evseId} ${reservedA} ${cause}`)).toEqual(
    [
      'a 6 unconfirmed',
      'b 22 settling',
      'c 22 offline-untested',
      'd 22 distrusted',
      'e 22 not-read-back',
      'f 2 fallback',
      'g 16 lease-not-shown',
      'h 16 lease-ending',
    ],
  );
});
