import type { Handled, HandlerContext } from '../handler.js';
import { counted, moreToCome, recorded } from '../station-record.js';

interface ReportChargingProfiles {
  readonly requestId: number;
  readonly evseId: number;
  readonly chargingLimitSource: string;
  readonly tbc?: boolean;
  readonly chargingProfile: readonly unknown[];
}

/** K09: a part of what GetChargingProfiles asked for. */
export function reportChargingProfiles(
  payload: ReportChargingProfiles,
  context: HandlerContext,
): Handled {
  const { requestId, evseId, chargingLimitSource, tbc, chargingProfile } = payload;
  const profiles = counted(chargingProfile.length, 'charging profile');
  return recorded(
    context,
    {},
    {
      kind: 'charging-profiles',
      summary: `EVSE ${evseId}: ${profiles} of ${chargingLimitSource}${moreToCome(tbc)}`,
      evseNumber: evseId,
      requestId,
      data: payload,
    },
  );
}
