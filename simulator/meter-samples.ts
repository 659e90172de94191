/** The building meter's readings, sent to the CPMS as a site's own meter would. */
import { type ApiAccess, request } from './api-request.js';

/** One meter reading per circuit, in A per conductor. */
export interface MeterReading {
  readonly circuitId: string;
  readonly atMs: number;
  readonly currentsA: readonly number[];
}

/** Sends the building meter's readings. False: not taken. */
export async function sendMeterSamples(
  options: ApiAccess,
  siteId: string,
  readings: readonly MeterReading[],
): Promise<boolean> {
  const samples = readings.map(({ circuitId, atMs, currentsA }) => ({
    circuitId,
    at: new Date(atMs).toISOString(),
    currentA: currentsA.map((value) => Number(value.toFixed(3))),
  }));
  const path = `/v1/sites/${encodeURIComponent(siteId)}/meter-samples`;
  try {
    const body = JSON.stringify({ samples });
    const response = await request(options, path, { method: 'POST', body });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}
