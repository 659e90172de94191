import { readProfile } from '../../../profiles/index.js';
import { fromStation, type Handled, type HandlerContext } from '../handler.js';
import type { HeldProfile } from '../messages.js';
import { counted, moreToCome, recorded } from '../station-record.js';

interface ReportChargingProfiles {
  readonly requestId: number;
  readonly evseId: number;
  readonly chargingLimitSource: string;
  readonly tbc?: boolean;
  readonly chargingProfile: readonly unknown[];
}

/** K09: a part of what GetChargingProfiles asked for, by whomever. */
export function reportChargingProfiles(
  payload: ReportChargingProfiles,
  context: HandlerContext,
): Handled {
  const { requestId, evseId, chargingLimitSource, tbc, chargingProfile } = payload;
  const profiles = counted(chargingProfile.length, 'charging profile');
  const handled = recorded(
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
  return {
    ...handled,
    events: [
      {
        ...fromStation(context),
        type: 'profiles.reported',
        requestId,
        profiles: chargingProfile.map((payload) => held(payload, evseId, context)),
        isLast: tbc !== true,
      },
    ],
  };
}

/** Its schema was checked: it has an id. What cannot be understood beyond that has no purpose. */
function held(payload: unknown, evseNumber: number, { version }: HandlerContext): HeldProfile {
  const profile = readProfile(version, evseNumber, payload);
  const { id } = payload as { readonly id: number };
  return 'purpose' in profile ? { id, evseNumber, purpose: profile.purpose } : { id, evseNumber };
}
