/** Gathers from the histories what a diagnosis of a session needs. */
import { energyDeliveredWh, type Session } from '../sessions/session.js';
import type { OperationsStore, StatusChange } from '../store/operations/ports.js';
import type { SessionFacts } from './diagnosis.js';
import { changedAtMs } from './uptime.js';

/** A token is shown, and a status may come, shortly before the plug-in is noticed. */
const BEFORE_MS = 120_000;

export async function sessionFacts(
  store: Pick<OperationsStore, 'connections' | 'figures' | 'statuses'>,
  session: Session,
  at: { readonly tenantId: string; readonly evseNumber: number; readonly nowMs: number },
): Promise<SessionFacts> {
  const { tenantId, evseNumber, nowMs } = at;
  const { stationId, evseId, pluggedInAtMs, startedAtMs, endedAtMs, stopReason, phase } = session;
  const fromMs = Math.min(pluggedInAtMs, startedAtMs ?? pluggedInAtMs);
  const toMs = Math.max(endedAtMs ?? nowMs, fromMs) + 1;
  const span = { tenantId, stationId, fromMs, toMs };
  const [connections, statuses, limits, refusals] = await Promise.all([
    store.connections.within(span),
    store.statuses.within(span),
    store.figures.limits({ ...span, evseId }),
    store.figures.refusals({ ...span, fromMs: fromMs - BEFORE_MS }),
  ]);
  const energyWh = energyDeliveredWh(session);
  return {
    nowMs,
    pluggedInAtMs,
    isOver: phase === 'ended' || phase === 'finished',
    refusals,
    limits,
    statuses: statuses
      .filter((it) => it.evseNumber === evseNumber || isWholeFault(it))
      .filter((it) => it.receivedAtMs >= fromMs - BEFORE_MS)
      .map((it) => ({
        atMs: changedAtMs(it),
        status: it.status,
        ...(it.errorCode === undefined ? {} : { errorCode: it.errorCode }),
      })),
    offline: gaps(connections, fromMs, toMs),
    ...(startedAtMs === undefined ? {} : { startedAtMs }),
    ...(endedAtMs === undefined ? {} : { endedAtMs }),
    ...(energyWh === undefined ? {} : { energyWh }),
    ...(stopReason === undefined ? {} : { stopReason }),
  };
}

/** Number 0 is the station; what else it says of itself is no word on this EVSE. */
function isWholeFault({ evseNumber, status }: StatusChange): boolean {
  return evseNumber === 0 && status === 'faulted';
}

/** Between connections, in order of their opening. Without any history nothing is said. */
function gaps(
  connections: Awaited<ReturnType<OperationsStore['connections']['within']>>,
  fromMs: number,
  toMs: number,
): SessionFacts['offline'] {
  if (connections.length === 0) return [];
  const found: { fromMs: number; toMs: number }[] = [];
  let coveredMs = fromMs;
  for (const { openedAtMs, closedAtMs } of connections) {
    if (openedAtMs > coveredMs) found.push({ fromMs: coveredMs, toMs: openedAtMs });
    coveredMs = Math.max(coveredMs, closedAtMs ?? toMs);
  }
  if (coveredMs < toMs) found.push({ fromMs: coveredMs, toMs });
  return found;
}
