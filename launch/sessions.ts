/** Which vehicles come, and which stretch of site time is played. */
import type { PlannedSession } from '../simulator/ipc.js';
import { fitSite } from '../simulator/sessions/fit-site.js';
import { generateDemo, generateWorkday } from '../simulator/sessions/generate.js';
import { type SessionWindow, localMs, readSessions } from '../simulator/sessions/read-sessions.js';
import type { SiteFile } from '../simulator/site-file.js';
import type { DemoOptions } from './options.js';

export interface PlannedRun {
  readonly sessions: readonly PlannedSession[];
  /** Site time at which the clock of a replay starts to count; the start of the demo otherwise. */
  readonly fromMs: number;
  /** Site time at which the run ends by itself; absent: it goes on. */
  readonly toMs?: number;
  /** What was left out, for people. */
  readonly notes: readonly string[];
}

/** Throws when a file or a local time is not understood; `startMs` is the demo's own beginning. */
export function planRun(demo: DemoOptions, site: SiteFile, startMs: number): PlannedRun {
  const { from, to, seed } = demo;
  if (from === undefined || to === undefined) {
    const sessions = generateDemo({ site, seed, startAtMs: startMs });
    return { sessions, fromMs: startMs, notes: [] };
  }
  const { timeZone } = site;
  const fromMs = localMs(from, timeZone);
  const toMs = localMs(to, timeZone);
  if (demo.sessions === undefined) {
    const sessions = generateWorkday({
      site,
      seed,
      startAtMs: localMs(from.slice(0, 10), timeZone),
    });
    return {
      sessions: sessions.filter((it) => it.arrivalAtMs >= fromMs && it.arrivalAtMs < toMs),
      fromMs,
      toMs,
      notes: [],
    };
  }
  const fitted = fitSite(site, readFile(demo.sessions, { timeZone, from, to }), fromMs);
  const notes = fitted.ignored.map((it) => `left out ${it.sessionId}: ${it.reason}`);
  if (fitted.sessions.length === 0) notes.push('no session arrives between --from and --to');
  return { sessions: fitted.sessions, fromMs, toMs, notes };
}

function readFile(path: string, window: SessionWindow): readonly PlannedSession[] {
  try {
    return readSessions(path, window);
  } catch (cause) {
    const isMissing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    const why = isMissing ? 'there is no such file' : (cause as Error).message;
    throw new Error(`--sessions: ${path}: ${why}`, { cause });
  }
}
