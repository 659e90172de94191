/** Reads a site back as the last committed cycle left it. */
import { sql, type Transaction } from 'kysely';
import { circuitId, evseId, type SiteId, stationId } from '../../solver/index.js';
import type {
  BuildingLoad,
  ControlState,
  EvseState,
  PendingCommand,
  SiteState,
  StationState,
} from '../control/state.js';
import type { Session } from '../sessions/session.js';
import type { Signal } from '../signals/signal.js';
import type { StoreDeps } from './deps.js';
import { fromJson } from './json.js';
import { orAbsent, present } from './present.js';
import type { Database } from './schema.js';
import { sessionFromRow } from './session-rows.js';

/** Late messages of a session that has ended may still come this long; the day's energy counts it. */
const ENDED_KEPT_MS = 24 * 3_600_000;
/** A signal that has ended is of no use but for its sequence. */
const SIGNAL_KEPT_MS = 24 * 3_600_000;

type LoadedState = Omit<SiteState, 'site' | 'epoch'>;
type Tx = Transaction<Database>;

/** One snapshot over all tables. */
export function loadSite(
  { db, clock }: StoreDeps,
  siteId: SiteId,
): Promise<LoadedState | undefined> {
  return db
    .transaction()
    .setIsolationLevel('repeatable read')
    .execute(async (tx) => {
      const site = await tx
        .selectFrom('sites')
        .select(['next_seq', 'inbox_seq', 'control', 'committed_at'])
        .where('id', '=', siteId)
        .executeTakeFirst();
      if (site === undefined || site.committed_at === null) return undefined;
      const nowMs = clock.nowMs();
      return {
        nextSeq: site.next_seq,
        inboxSeq: site.inbox_seq,
        stations: byId(await states<StationState>(tx, 'stations', siteId)),
        evses: byId(await states<EvseState>(tx, 'evses', siteId)),
        sessions: byId(await sessions(tx, siteId, nowMs)),
        signals: byId(await signals(tx, siteId, nowMs)),
        buildingLoad: await buildingLoad(tx, siteId),
        pending: await pending(tx, siteId),
        control: fromJson<ControlState | undefined>(site.control) ?? {
          notGuaranteed: [],
          goals: [],
        },
      };
    });
}

function byId<Item extends { readonly id: string }>(
  items: readonly Item[],
): ReadonlyMap<Item['id'], Item> {
  return new Map(items.map((item) => [item.id, item]));
}

async function states<State>(
  tx: Tx,
  table: 'stations' | 'evses',
  siteId: SiteId,
): Promise<readonly State[]> {
  const rows = await tx
    .selectFrom(table)
    .select('state')
    .where('site_id', '=', siteId)
    .orderBy('id')
    .execute();
  return rows.map((row) => fromJson<State>(row.state));
}

async function sessions(tx: Tx, siteId: SiteId, nowMs: number): Promise<readonly Session[]> {
  const keptMs = nowMs - ENDED_KEPT_MS;
  const rows = await tx
    .selectFrom('sessions')
    .selectAll()
    .where('site_id', '=', siteId)
    .where((is) =>
      is.or([
        is('phase', '<>', 'ended'),
        is('ended_at', '>', new Date(keptMs)),
        sql<boolean>`(state ->> 'overSinceMs')::double precision > ${keptMs}`,
      ]),
    )
    .orderBy('plugged_in_at')
    .orderBy('id')
    .execute();
  return rows.map((row) => {
    const { siteId: _, ...session } = sessionFromRow(row);
    return session;
  });
}

/** Those still of use, and the newest of each issuer and type: its sequence refuses replays. */
async function signals(tx: Tx, siteId: SiteId, nowMs: number): Promise<readonly Signal[]> {
  const { rows } = await sql<{ state: unknown }>`
    select state from signals where site_id = ${siteId} and (
      ends_at > ${new Date(nowMs - SIGNAL_KEPT_MS)} or id in (
        select distinct on (issuer, type) id from signals where site_id = ${siteId}
        order by issuer, type, sequence desc
      )
    ) order by received_at, id`.execute(tx);
  return rows.map((row) => fromJson<Signal>(row.state));
}

async function buildingLoad(tx: Tx, siteId: SiteId): Promise<SiteState['buildingLoad']> {
  const rows = await tx
    .selectFrom('building_load')
    .select(['circuit_id', 'readings'])
    .where('site_id', '=', siteId)
    .orderBy('circuit_id')
    .execute();
  return new Map(
    rows.map((row) => {
      const id = circuitId(row.circuit_id);
      const readings = fromJson<BuildingLoad['readings']>(row.readings);
      return [id, { circuitId: id, readings }];
    }),
  );
}

async function pending(tx: Tx, siteId: SiteId): Promise<SiteState['pending']> {
  const rows = await tx
    .selectFrom('outbox')
    .selectAll()
    .where('site_id', '=', siteId)
    .where('outcome', 'is', null)
    .orderBy('seq')
    .execute();
  return new Map(
    rows.map((row) => [
      row.seq,
      {
        seq: row.seq,
        epoch: row.epoch,
        stationId: stationId(row.station_id),
        purpose: row.purpose as PendingCommand['purpose'],
        command: fromJson<PendingCommand['command']>(row.command),
        priority: row.priority,
        createdAtMs: row.created_at.getTime(),
        expiresAtMs: row.expires_at.getTime(),
        ...present({
          evseId: row.evse_id === null ? undefined : evseId(row.evse_id),
          commandId: orAbsent(row.command_id),
          actor: orAbsent(row.actor),
        }),
      },
    ]),
  );
}
