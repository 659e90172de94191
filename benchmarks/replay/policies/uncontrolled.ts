/** Everybody charges at once, whatever the network carries. */
import { pilotAtLeast } from '../../../solver/index.js';
import type { Policy, PolicySettings } from '../policy.js';

export function uncontrolledPolicy({ site }: PolicySettings): Policy {
  return {
    decide: ({ guests }) => ({
      pilotsA: guests.map(({ evseIndex, maxA }) => {
        const evse = site.evses[evseIndex];
        return (evse === undefined ? undefined : pilotAtLeast(evse.pilots, maxA)) ?? maxA;
      }),
    }),
  };
}
