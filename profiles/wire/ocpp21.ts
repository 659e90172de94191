/** Payloads of OCPP 2.1 for charging profiles: the shape of 2.0.1, and how long one holds offline. */
import type { Violation } from '../../solver/index.js';
import type { ChargingProfile } from '../charging-profile.js';
import { type SetChargingProfile2, setChargingProfile as setChargingProfile2 } from './ocpp201.js';

export { clearChargingProfile, getCompositeSchedule, readCompositeSchedule } from './ocpp201.js';
export type { ClearChargingProfile2, GetCompositeSchedule2 } from './ocpp201.js';

export interface SetChargingProfile21 extends SetChargingProfile2 {
  readonly chargingProfile: SetChargingProfile2['chargingProfile'] & {
    readonly maxOfflineDuration?: number;
    readonly invalidAfterOfflineDuration?: true;
  };
}

/** Writes SetChargingProfileRequest; a violation where the transactionId is too long. */
export function setChargingProfile(profile: ChargingProfile): SetChargingProfile21 | Violation[] {
  const { maxOfflineSec } = profile;
  const written = setChargingProfile2(profile);
  if ('evseId' in written && maxOfflineSec !== undefined) {
    const offline = {
      maxOfflineDuration: maxOfflineSec,
      invalidAfterOfflineDuration: true,
    } as const;
    return { ...written, chargingProfile: { ...written.chargingProfile, ...offline } };
  }
  return written;
}
