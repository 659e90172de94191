/** A small site with recording stations: what they write down is compared with what is stored. */
import { readFileSync } from 'node:fs';
import type { ApiClient } from '../../launch/api-client.js';
import { provision } from '../../launch/provision.js';
import { randomFor } from '../../simulator/random.js';
import type { SiteFile } from '../../simulator/site-file.js';
import { type RecordingStation, recordingStation } from './recording-station.js';

export const DURABLE_SITE = 'durable';
/** Stations of the demo's site, two of each protocol version. */
const STATIONS = 4;
const SHORT_READINGS = 25;

/** The demo's site with some of its stations only. */
export function partOfDemo(id: string, from: number, to: number): SiteFile {
  const demo = JSON.parse(readFileSync('sites/demo.json', 'utf8')) as SiteFile;
  return { ...demo, id, stations: demo.stations.slice(from, to) };
}

export const durableSite = (): SiteFile => partOfDemo(DURABLE_SITE, 0, STATIONS);

/**
 * Creates the site; half of its stations boot again after each loss, half just come back. In each
 * half one vehicle stays for good.
 */
export async function connectStations(
  api: ApiClient,
  seed: number,
): Promise<readonly RecordingStation[]> {
  const site = durableSite();
  const secrets = await provision(api, site, { fallbackSessionA: 0 });
  return secrets.map(({ secret }, index) =>
    recordingStation({
      site,
      index,
      secret,
      random: randomFor(seed, `durable/${index}`),
      bootsAgain: index < STATIONS / 2,
      readingsMax:
        index === 0 || index === STATIONS - 1 ? Number.POSITIVE_INFINITY : SHORT_READINGS,
    }),
  );
}
