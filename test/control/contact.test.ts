import { describe, expect, test } from 'vitest';
import { evseId } from '../../solver/index.js';
import { initialState } from '../../src/control/initial-state.js';
import type { Site } from '../../src/sites/site.js';
import { feed, openScript, type Script, wait } from './ideal-station.js';
import { smallSite, START_MS } from './small-site.js';
import { voiceOf } from './station-events.js';

const S1 = evseId('S1:1');

function open(site: Site = smallSite()): { script: Script; s1: ReturnType<typeof voiceOf> } {
  const script = openScript(initialState(site, 1, START_MS), START_MS);
  return { script, s1: voiceOf('S1', script) };
}

describe('contact', () => {
  test('R0 counts the hardware maximum until the fallback was read back', () => {
    const { script, s1 } = open();
    const ledger = () => script.state.evses.get(S1)?.ledger;
    expect(ledger()?.fallbackIdleA).toBeUndefined();
    feed(script, s1.connected(), s1.booted());
    wait(script, 5_000);
    expect(ledger()?.fallbackIdleA).toBe(0);
    expect(script.state.stations.get(s1.id)?.stage).toBe('ready');
  });
});
