/** Since when a station has had no link: some of its profiles lapse by that (2.1). */
import type { ProfileStore } from './profile-store.js';

export interface LinkLoss {
  /** Undefined: it has a link, or has never had one. */
  now(): { readonly fromMs: number } | undefined;
  lost(): void;
  back(): void;
}

export function createLinkLoss(station: {
  readonly nowMs: () => number;
  readonly changeProfiles: (change: (store: ProfileStore) => void) => void;
}): LinkLoss {
  let fromMs: number | undefined;
  return {
    now: () => (fromMs === undefined ? undefined : { fromMs }),
    lost() {
      fromMs ??= station.nowMs();
      station.changeProfiles(() => undefined);
    },
    back() {
      if (fromMs === undefined) return;
      const lost = { fromMs, toMs: station.nowMs() };
      fromMs = undefined;
      station.changeProfiles((store) => store.linkBack(lost));
    },
  };
}
