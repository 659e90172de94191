import { type EvseStanding, pilotsOf, type StateView } from '../../sites/snapshot.js';
import { maySwitchPhases } from '../switch-trust.js';
import type { Tested } from './programme.js';

/** What a programme is made from. */
export function testedOf(view: StateView, standing: EvseStanding): Tested {
  const { evse, station, controllable } = standing;
  return {
    pilots: pilotsOf(view, standing),
    currentMaxA: evse.currentMaxA,
    capability: station.capability,
    stackLevel: station.stackLevel,
    version: station.version ?? 'ocpp1.6',
    charging: controllable,
    switches: maySwitchPhases(evse, station),
    takesPhaseToUse: station.version !== 'ocpp1.6' && station.capability.takesPhaseToUse === true,
  };
}
