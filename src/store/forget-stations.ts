import { sql } from 'kysely';
import type { Executor } from './deps.js';

/** Rows that say what a station is or holds, by its id alone. */
const OF_STATION = [
  'local_lists',
  'message_log_settings',
  'device_variables',
  'station_certificates',
  'station_temperatures',
  'transfer_links',
] as const;

/** What was asked of it and has not ended, with the word for an end that nobody waits for. */
const OPEN_ENDS = [
  ['reservations', 'removed'],
  ['firmware_updates', 'superseded'],
  ['log_requests', 'superseded'],
  ['certificate_requests', 'superseded'],
] as const;

/**
 * A station leaves its site, and its id may come back, of another tenant: nothing that is kept under
 * the id alone may wait for it there. History has a tenant in each row, and stays.
 */
export async function forgetStations(
  tx: Executor,
  stationIds: readonly string[],
  nowMs: number,
): Promise<void> {
  const ofThem = sql`station_id = any (${[...stationIds]}::text[])`;
  for (const name of OF_STATION) {
    await sql`delete from ${sql.table(name)} where ${ofThem}`.execute(tx);
  }
  for (const [name, status] of OPEN_ENDS) {
    await sql`
      update ${sql.table(name)} set status = ${status}, detail = 'the station was removed',
        ended_at = ${new Date(nowMs)}
      where ${ofThem} and ended_at is null`.execute(tx);
  }
}
