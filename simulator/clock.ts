/** Site time: one formula in every process, so that a restart does not jump. */
import type { SiteClockOrigin } from './ipc.js';

export interface SiteClock {
  /** Site time, epoch ms; never runs backwards within a process. */
  nowMs(): number;
  readonly speed: number;
}

export function siteClock(origin: SiteClockOrigin, realNowMs: () => number = Date.now): SiteClock {
  let latestMs = Number.NEGATIVE_INFINITY;
  return {
    speed: origin.speed,
    nowMs() {
      const nowMs = origin.originSiteMs + (realNowMs() - origin.originRealMs) * origin.speed;
      latestMs = Math.max(latestMs, nowMs);
      return latestMs;
    },
  };
}
