import type { Insertable, Selectable } from 'kysely';
import { evseId, type SiteId, sessionId, siteId, stationId } from '../../solver/index.js';
import type { Session } from '../sessions/session.js';
import { fromJson, storableText, toJson, toJsonIfPresent } from './json.js';
import { dateOrNull, msOrAbsent, orAbsent, present } from './present.js';
import type { SessionTable } from './schema.js';

/** Fields without a column of their own. */
type SessionRest = Pick<Session, 'vehicle' | 'drawnA' | 'powerW' | 'socFraction' | 'sampledAtMs'>;

export interface SessionOwner {
  readonly siteId: SiteId;
  readonly tenantId: string;
  readonly epoch: number;
}

export function sessionToRow(session: Session, owner: SessionOwner): Insertable<SessionTable> {
  const { vehicle, drawnA, powerW, socFraction, sampledAtMs } = session;
  return {
    id: session.id,
    site_id: owner.siteId,
    tenant_id: owner.tenantId,
    epoch: owner.epoch,
    evse_id: session.evseId,
    station_id: session.stationId,
    phase: session.phase,
    transaction_id: textOrNull(session.transactionId),
    id_token: textOrNull(session.idToken),
    plugged_in_at: new Date(session.pluggedInAtMs),
    started_at: dateOrNull(session.startedAtMs),
    ended_at: dateOrNull(session.endedAtMs),
    meter_start_wh: session.meterStartWh ?? null,
    meter_last_wh: session.meterLastWh ?? null,
    meter_last_at: dateOrNull(session.meterLastAtMs),
    stop_reason: textOrNull(session.stopReason),
    claim: toJsonIfPresent(session.claim) ?? null,
    state: toJson({ vehicle, drawnA, powerW, socFraction, sampledAtMs }),
    actor: session.claim?.actor ?? 'engine',
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

function textOrNull(text: string | undefined): string | null {
  return text === undefined ? null : storableText(text);
}
