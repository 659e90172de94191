/** R1: a model that was measured to be slower than the site's settle time has a longer one. */
import type { EvseLedger, LedgerSettings } from './types.js';

/** The settings as they hold for one EVSE: the larger settle time of the two. */
export function ownSettings(
  { settleSec }: Pick<EvseLedger, 'settleSec'>,
  settings: LedgerSettings,
): LedgerSettings {
  if (settleSec === undefined || settleSec <= settings.settleSec) return settings;
  return { ...settings, settleSec };
}
