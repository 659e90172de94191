import type { Handled, HandlerContext } from '../handler.js';
import { recorded } from '../station-record.js';

interface PullDynamicScheduleUpdate {
  readonly chargingProfileId: number;
}

/** 2.1 chapter K: our profiles are never Dynamic, so there is no value to pull. */
export function pullDynamicScheduleUpdate(
  payload: PullDynamicScheduleUpdate,
  context: HandlerContext,
): Handled {
  const { chargingProfileId } = payload;
  const additionalInfo = 'no dynamic profile of this CSMS has that id';
  return recorded(
    context,
    { status: 'Rejected', statusInfo: { reasonCode: 'InvalidProfileId', additionalInfo } },
    {
      kind: 'charging-profiles',
      severity: 'warning',
      summary: `Station pulls dynamic profile ${chargingProfileId}, which is not ours`,
      data: payload,
    },
  );
}
