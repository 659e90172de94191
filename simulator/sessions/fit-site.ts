/** Makes a list of sessions playable at a site: known EVSEs, one vehicle at a time. */
import type { PlannedSession } from '../ipc.js';
import { type SiteFile, evseIdOf } from '../site-file.js';
import { compare } from './read-sessions.js';

export interface IgnoredSession {
  readonly sessionId: string;
  readonly reason: string;
}

export interface FittedSessions {
  readonly sessions: readonly PlannedSession[];
  /** Never dropped in silence. */
  readonly ignored: readonly IgnoredSession[];
}

/** A vehicle comes at least this long after the one before it has left. */
const GAP_MS = 1000;
/** Less of a stay than this is not played. */
const STAY_MIN_MS = 60_000;

/**
 * A session that begins before the previous one has left its EVSE begins just after that; one that
 * begins before `startAtMs`, when the run does, begins with it.
 */
export function fitSite(
  site: Pick<SiteFile, 'stations'>,
  sessions: readonly PlannedSession[],
  startAtMs: number,
): FittedSessions {
  const known = new Set(
    site.stations.flatMap(({ id, evses }) => evses.map((evse) => evseIdOf(id, evse.evseNumber))),
  );
  const freeAtMs = new Map<string, number>();
  const fitted: PlannedSession[] = [];
  const ignored: IgnoredSession[] = [];
  for (const session of [...sessions].sort(byArrival)) {
    const { sessionId, departureAtMs } = session;
    const evseId = evseIdOf(session.stationId, session.evseNumber);
    const arrivalAtMs = Math.max(session.arrivalAtMs, freeAtMs.get(evseId) ?? startAtMs);
    if (!known.has(evseId)) {
      ignored.push({ sessionId, reason: `the site has no EVSE ${evseId}` });
    } else if (departureAtMs - arrivalAtMs < STAY_MIN_MS) {
      ignored.push({ sessionId, reason: `no stay of a minute is left at EVSE ${evseId}` });
    } else {
      fitted.push({ ...session, arrivalAtMs });
      freeAtMs.set(evseId, departureAtMs + GAP_MS);
    }
  }
  return { sessions: fitted, ignored };
}

const byArrival = (a: PlannedSession, b: PlannedSession): number =>
  a.arrivalAtMs - b.arrivalAtMs || compare(a.sessionId, b.sessionId);
