/**
 * How many profiles a station holds at once, as it declares: F0 and a lease for each EVSE is all that it is ever
 * told. Where that is more than it has room for, a lease takes the place of F0: a station that makes room by itself
 * might let go of F0 (SAFETY R0, R11).
 */
import type { SmartChargingCapability } from '../../profiles/charging-profile.js';
import { evsesOfStation } from '../sites/site-index.js';
import type { StationId } from '../../solver/index.js';
import type { Draft } from './draft.js';
import { leaseCarrierOf, type TakenRung } from './form.js';
import { formTaken, putForm, tell } from './form-found.js';
import { isOpen } from './ladder.js';
import type { StationState } from './state.js';

const PROFILES_PER_EVSE = 2;

/** With F0 and a lease on each EVSE there is room for no other. */
export function isFilled(draft: Draft, { id, capability }: StationState): boolean {
  const { profilesMax } = capability;
  const { length: evses } = evsesOfStation(draft.site, id);
  return profilesMax !== undefined && profilesMax <= PROFILES_PER_EVSE * evses;
}

/** The key that says it, and its number as told on the station's page; undefined: there is room. */
function lackOf(draft: Draft, { id, version, capability }: StationState): string | undefined {
  const { length: evses } = evsesOfStation(draft.site, id);
  const needed = PROFILES_PER_EVSE * evses;
  const { profilesMax = needed } = capability;
  if (profilesMax >= needed) return undefined;
  const key = version === 'ocpp1.6' ? 'MaxChargingProfilesInstalled' : 'ChargingProfileEntries';
  const each = evses === 1 ? 'its EVSE' : `each of its ${evses} EVSEs`;
  return `says ${key} ${profilesMax} where ${needed} are needed, a fallback and a limit for ${each}`;
}

/** What is said of a station on its page before anything is asked of it; undefined: nothing. */
export function declaredTrouble(draft: Draft, station: StationState): string | undefined {
  return switchedOff(station.capability) ?? lackOf(draft, station);
}

function switchedOff({ smartCharging }: SmartChargingCapability): string | undefined {
  switch (smartCharging) {
    case 'unavailable':
      return 'says that it has no smart charging (SmartChargingCtrlr.Available)';
    case 'disabled':
      return 'says that smart charging is switched off (SmartChargingCtrlr.Enabled)';
    default:
      return undefined;
  }
}

/** What it declares was read. A transaction that may have a lease of its own keeps it, which would hide others. */
export function fitToRoom(draft: Draft, stationId: StationId): void {
  const station = draft.stations.get(stationId);
  const observed = station === undefined ? undefined : lackOf(draft, station);
  if (station === undefined || observed === undefined) return;
  if (leaseCarrierOf(station, undefined) !== 'tx') return;
  if (!isOpen(draft, station, { rung: 'tx-default', evseId: undefined })) return;
  const isIdle = evsesOfStation(draft.site, stationId).every(({ id }) => {
    const state = draft.evses.get(id);
    return state?.transactionId === undefined && state?.ledger.commands.length === 0;
  });
  if (!isIdle) return;
  const rung: TakenRung = { rung: 'tx-default', on: 'lease', observed, sinceMs: draft.nowMs };
  tell(draft, stationId, [rung]);
  putForm(draft, station, { taken: [...formTaken(station), rung] });
}
