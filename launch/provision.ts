/** Makes the virtual site known to the CPMS, through its API like anybody else. */
import type { SiteFile } from '../simulator/site-file.js';
import type { StationSecret } from '../simulator/ipc.js';
import type { ApiClient } from './api-client.js';

/** What the demo chooses where a site file leaves it to the owner. */
export interface DemoSettings {
  readonly fallbackSessionA: number;
  /** The installer records of EVSEs on three phases that they switch to one. */
  readonly switchPhases?: boolean;
  /** Absent: as the service has it. */
  readonly leaseSec?: number;
}

/** Creates the site unless it is there already (a kept data directory), and gives out fresh secrets. */
export async function provision(
  api: ApiClient,
  site: SiteFile,
  settings: DemoSettings,
): Promise<readonly StationSecret[]> {
  const { items } = await api.get<{ items: readonly { id: string }[] }>('/v1/sites');
  if (!items.some((it) => it.id === site.id)) await api.post('/v1/sites', bodyOf(site, settings));
  const secrets: StationSecret[] = [];
  for (const station of site.stations) {
    const { secret } = await api.post<{ secret: string }>('/v1/charging-stations', {
      siteId: site.id,
      stationId: station.id,
    });
    secrets.push({
      stationId: station.id,
      secret,
      ...(station.version === undefined ? {} : { version: station.version }),
    });
  }
  return secrets;
}

function bodyOf(site: SiteFile, { switchPhases = false, ...settings }: DemoSettings): object {
  const { stations, circuits, ...premises } = site;
  return {
    ...premises,
    circuits: circuits.map((circuit) => ({
      ...circuit,
      limits: circuit.limits.map((limit) => ({ ...limit, source: { kind: 'rating' } })),
    })),
    stations: stations.map((it) => ({ id: it.id, offlineTested: true })),
    evses: stations.flatMap((station) =>
      station.evses.map(({ rotation, ...evse }) => ({
        stationId: station.id,
        ...evse,
        ...(rotation === undefined ? {} : { rotation: rotationOf(rotation) }),
        ...(switchPhases && rotation !== undefined ? { switchesPhases: true } : {}),
      })),
    ),
    settings: { ...settings, fallbackIdleA: 0, acceptAnyToken: true },
  };
}

/** As OCPP writes it: R, S, T are the supply's phases, in the order of the EVSE's own. */
function rotationOf(wired: readonly number[]): string {
  return wired.map((phase) => 'RST'[phase]).join('');
}
