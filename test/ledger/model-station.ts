/**
 * A station as an adversary may build it: it holds one profile or none, applies what was sent to it
 * late or never, answers or does not, and reads a clock that is wrong by up to the skew. It shares
 * no code with the ledger.
 */
export interface SentProfile {
  readonly seq: number;
  readonly grantA: number;
  readonly boundaryAtMs: number;
  readonly tailA: number;
}

export interface ModelStation {
  readonly skewMs: number;
  readonly settleMs: number;
  readonly currentMaxA: number;
  readonly fallbackIdleA: number;
  /** It never leaves a grant, whatever its schedule says. */
  readonly ignoresBoundaries: boolean;
  held: SentProfile | undefined;
  /** Sent, never answered: it may still be applied until then. */
  queued: { profile: SentProfile; untilMs: number }[];
  /** What it allowed lately: the vehicle follows a cut within the settle time. */
  past: { limitA: number; untilMs: number }[];
}

/** What it allows at this instant, A; `skewMs` > 0: its clock is behind, leases end late. */
export function allowedA(station: ModelStation, nowMs: number): number {
  const { held } = station;
  if (held === undefined) return station.fallbackIdleA;
  if (station.ignoresBoundaries) return held.grantA;
  return nowMs - station.skewMs < held.boundaryAtMs ? held.grantA : held.tailA;
}

/** The most that its vehicle may draw at this instant, A. */
export function drawA(station: ModelStation, nowMs: number): number {
  let currentA = allowedA(station, nowMs);
  for (const { limitA, untilMs } of station.past) {
    if (nowMs < untilMs) currentA = Math.max(currentA, limitA);
  }
  const { held } = station;
  if (held !== undefined) {
    // The step down at its own boundary is followed within the settle time as well.
    const stepAtMs = held.boundaryAtMs + station.skewMs;
    if (nowMs >= stepAtMs && nowMs < stepAtMs + station.settleMs) {
      currentA = Math.max(currentA, held.grantA);
    }
  }
  return Math.min(currentA, station.currentMaxA);
}

/** Applies a profile, or drops the held one. */
export function hold(station: ModelStation, profile: SentProfile | undefined, nowMs: number): void {
  station.past = station.past.filter(({ untilMs }) => untilMs > nowMs);
  station.past.push({ limitA: allowedA(station, nowMs), untilMs: nowMs + station.settleMs });
  const { held } = station;
  const stepAtMs = (held?.boundaryAtMs ?? 0) + station.skewMs;
  if (held !== undefined && nowMs >= stepAtMs) {
    station.past.push({ limitA: held.grantA, untilMs: stepAtMs + station.settleMs });
  }
  station.held = profile;
}
