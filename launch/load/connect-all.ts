/** Makes the sites of a load run known to the service, and lets their stations connect. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { StartMessage, StationSecret } from '../../simulator/ipc.js';
import type { ApiClient } from '../api-client.js';
import { provision } from '../provision.js';
import type { Fleet } from './collect.js';
import { loadSessions, loadSites } from './sites.js';

export interface ConnectOptions {
  readonly stations: number;
  readonly sites: number;
  readonly visitMinutes: number;
  readonly ocppUrl: string;
  readonly apiUrl: string;
  readonly apiKey: string;
  readonly say: (line: string) => void;
}

/** From one site's connections to the next's: a fleet is not a storm. */
const SITE_EVERY_MS = 500;
const ARRIVE_WITHIN_MS = 30_000;
/** Far beyond any run. */
const PLANNED_MS = 6 * 3_600_000;

/** Each site is made known, then its stations connect; sites follow one another. */
export async function connectAll(
  asked: ConnectOptions,
  api: ApiClient,
  fleets: readonly Fleet[],
): Promise<void> {
  const sites = loadSites(asked.sites, asked.stations);
  asked.say(`provisioning ${asked.stations} stations on ${sites.length} sites`);
  const secrets: (readonly StationSecret[])[] = [];
  for (const site of sites) secrets.push(await provision(api, site, { fallbackSessionA: 0 }));
  for (const [index, site] of sites.entries()) {
    const nowMs = Date.now();
    const visiting = {
      fromMs: nowMs + 5000,
      withinMs: ARRIVE_WITHIN_MS,
      visitMs: asked.visitMinutes * 60_000,
      untilMs: nowMs + PLANNED_MS,
    };
    const start: StartMessage = {
      type: 'start',
      ocppUrl: asked.ocppUrl,
      apiUrl: asked.apiUrl,
      apiKey: asked.apiKey,
      siteId: site.id,
      site,
      stations: secrets[index] ?? [],
      clock: { originSiteMs: nowMs, originRealMs: nowMs, speed: 1 },
      sessions: loadSessions(site, visiting),
      servesFrom: 'first-limit',
      seed: index + 1,
      claims: false,
      buildingLoad: false,
    };
    fleets[index % fleets.length]?.send({ type: 'site', start });
    await sleep(SITE_EVERY_MS);
  }
}
