/** Which phase of the supply each phase of an EVSE is connected to (OCPP ConnectorPhaseRotation). */
import type { PerChannel } from '../../solver/index.js';
import type { SiteEvse } from './site.js';

/** The EVSE's L1, L2, L3 in this order; R, S, T are the supply's L1, L2, L3. */
export const ROTATIONS = ['RST', 'RTS', 'SRT', 'STR', 'TRS', 'TSR'] as const;

export type Rotation = (typeof ROTATIONS)[number];

/**
 * Values that an EVSE reports by its own phases, on those of the supply; undefined where the rotation
 * is not known, or has no meaning because the EVSE is not wired to all three.
 */
export function onSupply<T>(
  { channels, rotation }: Pick<SiteEvse, 'channels' | 'rotation'>,
  values: PerChannel<T>,
): PerChannel<T> | undefined {
  if (rotation === undefined || !channels.every(Boolean)) return undefined;
  const from = (name: 'R' | 'S' | 'T') => values[rotation.indexOf(name) as 0 | 1 | 2];
  return [from('R'), from('S'), from('T')];
}
