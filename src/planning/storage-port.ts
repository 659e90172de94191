/**
 * Set-points of batteries: every minute of site time what the plan says goes to the URL of each, signed
 * as Standard Webhooks. Each has an end: a battery that hears nothing more goes back to its own ways.
 */
import { randomUUID } from 'node:crypto';
import type { SiteId } from '../../solver/index.js';
import type { EngineDoor } from '../api/ports.js';
import type { Outbound } from '../outbound/ports.js';
import type { Clock, Log } from '../platform/ports.js';
import { signWebhook } from '../signals/webhook.js';
import type { SiteStorage } from '../sites/site.js';
import type { SiteState } from '../control/state.js';
import type { StorageLink, StorageReport, StorageRows } from '../store/storage-ports.js';
import { declaredRoomW, dischargeRoomW, freshReport, liveRoomW } from './storage-room.js';

export interface StoragePortDeps {
  readonly engine: Pick<EngineDoor, 'sites' | 'state' | 'live'>;
  readonly store: { readonly storage: Pick<StorageRows, 'links' | 'reports'> };
  readonly outbound: Outbound;
  readonly clock: Clock;
  readonly log: Log;
  realNowMs(): number;
}

export interface StoragePort {
  start(): void;
  /** Every battery of every site, once; resolves when all have answered or failed. */
  sendAll(): Promise<void>;
  stop(): Promise<void>;
}

const EVERY_MS = 60_000;
/** A set-point holds this long: four may be lost. */
const HOLDS_MS = 5 * EVERY_MS;
/** Real time: a fast clock does not flood a battery. */
const PAUSE_MIN_MS = 1000;
const ANSWER_WITHIN_MS = 5000;

/** Positive charges. Undefined: nothing is to be told, since it is silent or no plan speaks of it. */
export function setPointW(
  state: SiteState,
  storage: SiteStorage,
  from: {
    readonly report: StorageReport | undefined;
    readonly circuits: Parameters<typeof liveRoomW>[1];
    readonly nowMs: number;
  },
): number | undefined {
  const { plan, site } = state;
  const { report, circuits, nowMs } = from;
  if (plan === undefined || nowMs >= plan.staleAtMs || report === undefined) return undefined;
  const own = plan.storage.find((it) => it.storageId === storage.id);
  const plannedW = own?.steps.findLast(({ fromMs }) => fromMs <= nowMs)?.powerW;
  if (plannedW === undefined) return undefined;
  const reserveWh = storage.capacityWh * storage.reserveFraction;
  if (plannedW < 0) {
    if (report.energyWh <= reserveWh) return 0;
    const giveMaxW = dischargeRoomW(state, storage, report, nowMs);
    return 0 - Math.floor(Math.min(-plannedW, storage.dischargeMaxW, giveMaxW));
  }
  const roomW = Math.min(
    storage.chargeMaxW,
    declaredRoomW(state, storage, report, nowMs),
    liveRoomW(site, circuits, storage, report),
  );
  return report.energyWh >= storage.capacityWh ? 0 : Math.floor(Math.min(plannedW, roomW));
}

export function createStoragePort(deps: StoragePortDeps): StoragePort {
  const { engine, store, outbound, clock, log } = deps;
  const failing = new Set<string>();
  let isStopped = false;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;

  function schedule(): void {
    if (isStopped) return;
    const pauseMs = Math.max(PAUSE_MIN_MS, EVERY_MS / clock.speed);
    timer = setTimeout(() => {
      running = sendAll().finally(schedule);
    }, pauseMs);
    timer.unref();
  }

  async function sendAll(): Promise<void> {
    const sites = engine.sites().filter((it) => (it.storage ?? []).length > 0);
    await Promise.all(
      sites.map(({ id }) =>
        sendSite(id).catch((error: unknown) => {
          log.warn({ site: id, err: String(error) }, 'set-points not sent this time');
        }),
      ),
    );
  }

  async function sendSite(siteId: SiteId): Promise<void> {
    const links = await store.storage.links(siteId);
    if (links.length === 0) return;
    const reports = await store.storage.reports(siteId);
    const state = engine.state(siteId);
    const circuits = engine.live(siteId)?.circuits ?? [];
    if (state === undefined) return;
    const nowMs = clock.nowMs();
    await Promise.all(
      links.map(async (link) => {
        const storage = state.site.storage?.find((it) => it.id === link.storageId);
        if (storage === undefined) return;
        const report = freshReport(reports, storage.id, nowMs);
        const powerW = setPointW(state, storage, { report, circuits, nowMs });
        if (powerW !== undefined) await send(siteId, link, { powerW, nowMs });
      }),
    );
  }

  async function send(
    siteId: SiteId,
    { storageId, url, secret }: StorageLink,
    { powerW, nowMs }: { readonly powerW: number; readonly nowMs: number },
  ): Promise<void> {
    const id = randomUUID();
    const at = new Date(nowMs).toISOString();
    const endsAt = new Date(nowMs + HOLDS_MS).toISOString();
    const told = { type: 'storage.set-point', siteId, storageId, sequence: nowMs };
    const body = JSON.stringify({ ...told, powerW, at, endsAt });
    const timestamp = String(Math.floor(deps.realNowMs() / 1000));
    const key = `${siteId} ${storageId}`;
    try {
      const { status } = await outbound.send({
        method: 'POST',
        url,
        body,
        timeoutMs: ANSWER_WITHIN_MS,
        headers: {
          'content-type': 'application/json',
          'webhook-id': id,
          'webhook-timestamp': timestamp,
          'webhook-signature': signWebhook(id, timestamp, Buffer.from(body), secret),
        },
      });
      if (status < 200 || status >= 300) throw new Error(`it answered ${status}`);
      failing.delete(key);
    } catch (error) {
      // Told once, not each minute.
      if (!failing.has(key)) {
        log.warn(
          { site: siteId, storageId, err: String(error) },
          'battery did not take its set-point',
        );
      }
      failing.add(key);
    }
  }

  return {
    start: schedule,
    sendAll,
    async stop() {
      isStopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
