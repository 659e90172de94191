import type { Selectable } from 'kysely';
import { evseId, type SiteId, sessionId, siteId, stationId } from '../../solver/index.js';
import { energyDeliveredWh, type Session } from '../sessions/session.js';
import { fromJson } from './json.js';
import { dateOrAbsent, msOrAbsent, orAbsent, present } from './present.js';
import type { SessionTable } from './schema.js';

/** Fields without a column of their own. */
const REST = [
  'vehicle',
  'drawnA',
  'powerW',
  'socFraction',
  'sampledAtMs',
  'overSinceMs',
  'authorization',
  'meter',
  'registerUnit',
  'endPresumed',
  'endedBy',
  'marks',
  'sequence',
  'stopAsked',
] as const satisfies readonly (keyof Session)[];
type SessionRest = Pick<Session, (typeof REST)[number]>;

export interface SessionOwner {
  readonly siteId: SiteId;
  readonly tenantId: string;
  readonly epoch: number;
}

/** Columns by name; absent ones are null. */
export function sessionToRow(session: Session, owner: SessionOwner): Record<string, unknown> {
  const fields = REST.map((name) => [name, session[name]] as const);
  const state = Object.fromEntries(fields.filter(([, value]) => value !== undefined));
  return {
    id: session.id,
    site_id: owner.siteId,
    tenant_id: owner.tenantId,
    epoch: owner.epoch,
    evse_id: session.evseId,
    station_id: session.stationId,
    phase: session.phase,
    transaction_id: session.transactionId,
    id_token: session.idToken,
    plugged_in_at: new Date(session.pluggedInAtMs),
    started_at: dateOrAbsent(session.startedAtMs),
    ended_at: dateOrAbsent(session.endedAtMs),
    meter_start_wh: session.meterStartWh,
    meter_last_wh: session.meterLastWh,
    meter_last_at: dateOrAbsent(session.meterLastAtMs),
    stop_reason: session.stopReason,
    claim: session.claim,
    state,
    actor: session.claim?.actor ?? 'engine',
    delivered_wh: energyDeliveredWh(session),
  };
}

export function sessionFromRow(
  row: Selectable<SessionTable>,
): Session & { readonly siteId: SiteId } {
  return {
    id: sessionId(row.id),
    siteId: siteId(row.site_id),
    evseId: evseId(row.evse_id),
    stationId: stationId(row.station_id),
    phase: row.phase,
    pluggedInAtMs: row.plugged_in_at.getTime(),
    ...present({
      transactionId: orAbsent(row.transaction_id),
      idToken: orAbsent(row.id_token),
      startedAtMs: msOrAbsent(row.started_at),
      endedAtMs: msOrAbsent(row.ended_at),
      meterStartWh: orAbsent(row.meter_start_wh),
      meterLastWh: orAbsent(row.meter_last_wh),
      meterLastAtMs: msOrAbsent(row.meter_last_at),
      stopReason: orAbsent(row.stop_reason),
      claim: fromJson<Session['claim']>(row.claim),
    }),
    ...fromJson<SessionRest>(row.state),
  };
}
