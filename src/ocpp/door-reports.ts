/**
 * What people hear of the door: failed logins of stations that exist, and stations that come and go.
 * Each station at most once in ten minutes, with the number of times since.
 */
import type { StationId } from '../../solver/index.js';
import type { GatewayPorts } from './ports.js';

export interface DoorReports {
  loginFailed(stationId: StationId, remoteAddress: string | undefined, reason: string): void;
  /** It came back more often than is sane. */
  flapping(stationId: StationId, connectionsPerHour: number): void;
}

const EVERY_MS = 600_000;
/** Provisioned stations only: more than any gateway has. */
const TOLD_MAX = 50_000;

export function createDoorReports({
  clock,
  log,
  record,
}: Pick<GatewayPorts, 'clock' | 'log' | 'record'>): DoorReports {
  const told = new Map<string, { atMs: number; sinceCount: number }>();

  /** How often since it was told last; undefined: it was told lately. */
  const due = (key: string): number | undefined => {
    const nowMs = clock.monotonicMs();
    const last = told.get(key);
    if (last !== undefined && nowMs - last.atMs < EVERY_MS) {
      last.sinceCount += 1;
      return undefined;
    }
    if (told.size >= TOLD_MAX) told.clear();
    told.set(key, { atMs: nowMs, sinceCount: 0 });
    return (last?.sinceCount ?? 0) + 1;
  };

  const tell = (stationId: StationId, what: Told): void => {
    const nowMs = clock.nowMs();
    const at = { atMs: nowMs, receivedAtMs: nowMs };
    record([{ stationId, severity: 'warning', ...at, ...what }]).catch((error: unknown) => {
      log.warn({ stationId, error: String(error) }, 'not recorded');
    });
  };

  return {
    loginFailed(stationId, remoteAddress, reason) {
      const count = due(`login ${stationId}`);
      if (count === undefined) return;
      tell(stationId, {
        kind: 'security-event',
        summary: `Failed login from ${remoteAddress ?? 'an unknown address'}: ${reason} (${count} x)`,
        data: { type: 'FailedToAuthenticateAtCsms', remoteAddress, reason, count },
      });
    },
    flapping(stationId, connectionsPerHour) {
      if (due(`flapping ${stationId}`) === undefined) return;
      tell(stationId, {
        kind: 'other',
        summary: `Connected ${connectionsPerHour} times within an hour; it is let in more slowly`,
        data: { type: 'ConnectionFlapping', connectionsPerHour },
      });
    },
  };
}

type Told = Pick<Parameters<GatewayPorts['record']>[0][number], 'kind' | 'summary' | 'data'>;
