/** What drivers tell the CPMS: when they leave and how much energy they need. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type ApiAccess, request } from './api-request.js';
import { evseIdOf } from './site-file.js';

export interface DriverClaim {
  readonly stationId: string;
  readonly evseNumber: number;
  readonly transactionId: string | undefined;
  readonly departureAtMs: number;
  readonly energyWh: number;
}

interface ActiveSession {
  readonly id: string;
  readonly evseId: string;
  readonly transactionId?: string | number;
}

/** The session appears once the CPMS has taken in the transaction: a few tries, real ms apart. */
const ATTEMPTS_MAX = 8;
const FIRST_PAUSE_MS = 50;

/** Finds the session of a transaction and sends its claim. False: gave up. */
export async function sendClaim(options: ApiAccess, claim: DriverClaim): Promise<boolean> {
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
    try {
      const sessionId = await findSession(options, claim);
      if (sessionId !== undefined && (await putClaim(options, sessionId, claim))) return true;
    } catch {
      // A request that failed is tried again like one that found nothing.
    }
    await sleep(FIRST_PAUSE_MS * 2 ** attempt);
  }
  return false;
}

async function findSession(options: ApiAccess, claim: DriverClaim): Promise<string | undefined> {
  const query = new URLSearchParams({ stationId: claim.stationId, state: 'active' });
  const response = await request(options, `/v1/sessions?${query.toString()}`, { method: 'GET' });
  if (!response.ok) return undefined;
  const { items } = (await response.json()) as { readonly items: readonly ActiveSession[] };
  const evseId = evseIdOf(claim.stationId, claim.evseNumber);
  return items.find(
    (item) =>
      item.evseId === evseId &&
      (item.transactionId === undefined ||
        claim.transactionId === undefined ||
        String(item.transactionId) === claim.transactionId),
  )?.id;
}

async function putClaim(
  options: ApiAccess,
  sessionId: string,
  claim: DriverClaim,
): Promise<boolean> {
  const path = `/v1/sessions/${encodeURIComponent(sessionId)}/claim`;
  const response = await request(options, path, {
    method: 'PUT',
    body: JSON.stringify({
      departureAt: new Date(claim.departureAtMs).toISOString(),
      energyWh: Math.round(claim.energyWh),
    }),
  });
  await response.body?.cancel();
  return response.ok;
}
