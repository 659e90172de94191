/** How a vehicle loads the site through the EVSE at which it is plugged in. */
import type { PlannedSession } from './ipc.js';
import { type SiteFile, type SiteFileEvse, channelVoltageV } from './site-file.js';

/** The site channels behind the EVSE's own L1, L2, L3. */
export function wiredChannels(spec: SiteFileEvse): readonly number[] {
  const wired = [0, 1, 2].filter((channel) => spec.channels[channel] === true);
  return wired.length === 3 && spec.rotation !== undefined ? spec.rotation : wired;
}

export interface PluggedLoad {
  /** The site channels that it loads, all with the same current. */
  readonly channels: readonly number[];
  /** The most that vehicle and EVSE allow, A per channel. */
  readonly maxA: number;
  readonly voltageV: number;
}

export function pluggedLoad(
  site: Pick<SiteFile, 'supply' | 'voltageLineToNeutralV' | 'voltageLineToLineV'>,
  spec: SiteFileEvse,
  session: PlannedSession,
): PluggedLoad {
  const wired = wiredChannels(spec);
  const channels = wired.slice(0, Math.min(session.phases ?? wired.length, wired.length));
  const voltageV = channelVoltageV(site);
  const fromPowerA =
    session.maxPowerW === undefined
      ? spec.currentMaxA
      : session.maxPowerW / (channels.length * voltageV);
  const maxA = Math.min(spec.currentMaxA, session.maxA ?? spec.currentMaxA, fromPowerA);
  return { channels, maxA, voltageV };
}
