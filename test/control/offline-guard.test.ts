/** R6, R0: leases of 2.1 end a second time, by how long the station has been offline. */
import { expect, test } from 'vitest';
import type { ChargingProfile } from '../../profiles/index.js';
import { amps } from '../../solver/index.js';
import { initialState } from '../../src/control/initial-state.js';
import type { OcppVersion } from '../../src/ocpp/messages.js';
import { feed, openScript, type Script, wait } from './ideal-station.js';
import { smallSite, START_MS } from './small-site.js';
import { voiceOf } from './station-events.js';

const SETTINGS = { leaseSec: 900, skewSec: 10 };

interface Case {
  readonly version: OcppVersion;
  readonly fallbackIdleA?: number;
  readonly fallbackSessionA?: number;
  /** It refuses every TxProfile. */
  readonly noTx?: true;
}

function leasesOf({ version, fallbackIdleA = 0, fallbackSessionA = 0, noTx }: Case): Script {
  const fallbacks = {
    fallbackIdleA: amps(fallbackIdleA),
    fallbackSessionA: amps(fallbackSessionA),
  };
  const script = openScript(
    initialState(smallSite({ settings: { ...SETTINGS, ...fallbacks } }), 1, START_MS),
    START_MS,
  );
  script.reply = ({ command }) =>
    noTx === true && command.kind === 'set-charging-profile' && command.profile.purpose === 'tx'
      ? { status: 'rejected', detail: 'purpose' }
      : undefined;
  const s1 = voiceOf('S1', script);
  feed(script, { ...s1.connected(), version } as ReturnType<typeof s1.connected>, s1.booted());
  wait(script, 60_000);
  feed(script, s1.started('1'));
  wait(script, 300_000);
  return script;
}

function told({ sent }: Script, purpose: 'grant' | 'contact'): readonly ChargingProfile[] {
  return sent.flatMap((it) =>
    it.purpose === purpose && it.command.kind === 'set-charging-profile'
      ? [it.command.profile]
      : [],
  );
}

test('a lease of 2.1 lapses offline once its boundary is over by every clock', () => {
  const script = leasesOf({ version: 'ocpp2.1' });
  const leases = told(script, 'grant');
  expect(leases.length).toBeGreaterThan(0);
  for (const { startAtMs, periods, maxOfflineSec } of leases) {
    const boundaryAtMs = startAtMs + (periods.at(-1)?.startSec ?? 0) * 1000;
    // It is written less than a second after its start less 60 s.
    const givenAtMs = startAtMs + 60_000;
    expect(maxOfflineSec).toBe((boundaryAtMs - givenAtMs) / 1000 + SETTINGS.skewSec);
  }
  expect(told(script, 'contact').map((it) => it.maxOfflineSec)).toEqual([undefined]);
});

test('other versions do not know it', () => {
  for (const version of ['ocpp1.6', 'ocpp2.0.1'] as const) {
    const leases = told(leasesOf({ version }), 'grant');
    expect(leases.length).toBeGreaterThan(0);
    expect(leases.filter((it) => it.maxOfflineSec !== undefined)).toEqual([]);
  }
});

test('F1 above F0 outlasts silence; at F0 or below it lapses to it', () => {
  const above = told(leasesOf({ version: 'ocpp2.1', fallbackSessionA: 6 }), 'grant');
  expect(above.map((it) => it.maxOfflineSec)).toEqual(above.map(() => undefined));
  const below = told(
    leasesOf({ version: 'ocpp2.1', fallbackIdleA: 6, fallbackSessionA: 6 }),
    'grant',
  );
  expect(below.every((it) => it.maxOfflineSec !== undefined)).toBe(true);
});

test('R0 a lease in the place of F0 never lapses', () => {
  const leases = told(leasesOf({ version: 'ocpp2.1', noTx: true }), 'grant');
  const carried = leases.filter((it) => it.purpose === 'tx-default');
  expect(carried.length).toBeGreaterThan(0);
  expect(carried.map((it) => it.maxOfflineSec)).toEqual(carried.map(() => undefined));
});
