/** One request of upkeep to a station, through the engine like every command. */
import type { OcppVersion } from '../ocpp/messages.js';
import type { Request } from '../ocpp/requests/request.js';
import type { StationAt, UpkeepDeps } from './ports.js';

/**
 * - `refused` a no of the station, in its words; `notSupported` where it does not know the request
 * - `not-sent` it never left: offline, or held back by the engine
 * - `unknown` it left and no answer came: the station may have acted on it
 */
export type CallEnd =
  | { readonly status: 'accepted'; readonly response: unknown }
  | {
      readonly status: 'refused';
      readonly detail: string;
      readonly response?: unknown;
      readonly notSupported?: true;
    }
  | { readonly status: 'not-sent'; readonly detail: string }
  | { readonly status: 'unknown'; readonly detail: string };

/** The version that a station speaks now; undefined while it is offline. */
export function onlineVersion({ state }: StationAt): OcppVersion | undefined {
  return state === undefined || state.stage === 'offline' ? undefined : state.version;
}

export async function callStation(
  { engine }: Pick<UpkeepDeps, 'engine'>,
  { site, stationId }: StationAt,
  { action, payload }: Request,
  actor: string,
): Promise<CallEnd> {
  const command = { kind: 'call', action, payload } as const;
  const report = await engine.command(site.id, { stationId, command, actor });
  switch (report.status) {
    case 'accepted':
      return report;
    case 'refused-by-station':
      return { status: 'refused', detail: report.detail, response: report.response };
    case 'call-error':
      return { status: 'refused', detail: report.detail };
    case 'not-supported':
      return { status: 'refused', detail: report.detail, notSupported: true };
    case 'refused-by-engine':
    case 'offline':
      return { status: 'not-sent', detail: report.detail };
    case 'timeout':
      return { status: 'unknown', detail: 'the station did not answer in time' };
    case 'closed':
      return { status: 'unknown', detail: 'the connection ended before the answer' };
  }
}
