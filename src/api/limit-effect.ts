/** What a new limit of the owner would do, as far as it is known before the engine decides. */
import type { LiveSite } from './ports.js';
import type { LimitEffect } from './schema/site.js';

export function limitEffect(
  live: LiveSite | undefined,
  fromW: number | null,
  toW: number | null,
): LimitEffect {
  const powerW = (live?.powerW ?? 0) + (live?.otherLoadW ?? 0);
  const ceilingW = live?.ceilingW ?? 0;
  const over = (valueW: number): number => (toW === null ? 0 : Math.max(0, valueW - toW));
  const ceilingOverW = over(ceilingW);
  const sharing = ceilingOverW > 0 ? (live?.evses ?? []) : [];
  return {
    fromW,
    toW,
    powerW,
    ceilingW,
    cutW: over(powerW),
    ceilingOverW,
    evsesCut: sharing
      .filter((evse) => evse.worstCaseA > 0)
      .map(({ evseId, limitA, worstCaseA, powerW: drawnW }) => ({
        evseId,
        limitA,
        worstCaseA,
        powerW: drawnW,
      })),
  };
}
