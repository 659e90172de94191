import { siteId, stationId } from '../../../solver/index.js';
import type { Owner } from './ports.js';

/** Whose a row is. */
export function ownerOf(row: {
  readonly tenant_id: string;
  readonly site_id: string;
  readonly station_id: string;
  readonly actor: string;
}): Owner {
  return {
    tenantId: row.tenant_id,
    siteId: siteId(row.site_id),
    stationId: stationId(row.station_id),
    actor: row.actor,
  };
}
