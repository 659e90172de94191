/** The end of a gateway: calls in flight end, sockets close one after another, so that not all come back at once. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Station } from './station.js';
import type { GatewaySettings } from './settings.js';

const BUSY_POLL_MS = 10;
/** A call in flight may end; one that takes longer is unknown, and the next start reads back. */
const CALL_MAX_MS = 10_000;
/** No need to spread few sockets over all the time that many may take. */
const STEP_MAX_MS = 20;
/** Shutdown waits this long for the inbox to take what is kept. */
const FLUSH_TIMEOUT_MS = 3_000;

export async function drain(
  stations: readonly Station[],
  settings: Pick<GatewaySettings, 'callTimeoutMs' | 'drainMs'>,
): Promise<void> {
  const connected = stations.filter((it) => it.version() !== undefined);
  const stepMs = Math.min(STEP_MAX_MS, settings.drainMs / Math.max(1, connected.length));
  const waitMs = Math.min(CALL_MAX_MS, settings.callTimeoutMs);
  for (const station of stations) station.halt('gateway stops');
  await Promise.all(
    stations.map((station) =>
      retire(station, { delayMs: connected.indexOf(station) * stepMs, waitMs }),
    ),
  );
}

/** Lets the call in flight end, closes with 1012 (service restart), hands over the last events. */
async function retire(
  station: Station,
  { delayMs, waitMs }: { readonly delayMs: number; readonly waitMs: number },
): Promise<void> {
  if (delayMs > 0) await sleep(delayMs);
  for (let waitedMs = 0; station.isBusy() && waitedMs < waitMs; waitedMs += BUSY_POLL_MS) {
    await sleep(BUSY_POLL_MS);
  }
  station.disconnect(1012, 'gateway stops');
  await station.drained(FLUSH_TIMEOUT_MS);
}
