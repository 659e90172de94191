/** A vehicle that charges at S1 under its owner's limit, for tests of what is measured there. */
import { evseId } from '../../solver/index.js';
import { initialState } from '../../src/control/initial-state.js';
import type { EvseState } from '../../src/control/state.js';
import type { Site } from '../../src/sites/site.js';
import { feed, openScript, type Script, wait } from './ideal-station.js';
import { smallSite, START_MS } from './small-site.js';
import { voiceOf, type Voice } from './station-events.js';

export const S1 = evseId('S1:1');
const MINUTE_MS = 60_000;

export interface World {
  readonly script: Script;
  readonly s1: Voice;
}

/** Charging at 13 A, by its owner's limit. */
export function charging(site: Site = smallSite({ importLimitW: 10_000 })): World {
  const script = openScript(initialState(site, 1, START_MS), START_MS);
  const s1 = voiceOf('S1', script);
  feed(script, s1.connected(), s1.booted());
  wait(script, MINUTE_MS);
  feed(script, s1.started('1'));
  wait(script, 10 * MINUTE_MS);
  return { script, s1 };
}

export function state({ script }: World): EvseState {
  const found = script.state.evses.get(S1);
  if (found === undefined) throw new Error('the EVSE is there');
  return found;
}
