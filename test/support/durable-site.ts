/** What the service must know of the stations of the durable site, as expectations of a test. */
import { expect } from 'vitest';
import type { ApiClient } from '../../launch/api-client.js';
import { type Extent, lostRows, sessionRows, unreserved } from './durable-rows.js';
import type { RecordingStation } from './recording-station.js';

/**
 * Every acknowledged transaction is there once and with at least its acknowledged energy. `whole`:
 * everything was answered, so the energy is exact and each transaction is over.
 */
export async function expectNothingLost(
  api: ApiClient,
  stations: readonly RecordingStation[],
  extent: Extent,
): Promise<void> {
  const { missing, duplicated } = lostRows(await sessionRows(api), stations, extent);
  expect(missing).toEqual([]);
  expect(duplicated).toEqual([]);
}

export async function expectReserved(
  api: ApiClient,
  stations: readonly RecordingStation[],
): Promise<void> {
  expect(await unreserved(api, stations)).toEqual([]);
}
