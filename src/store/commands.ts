import { stationId as asStationId } from '../../solver/index.js';
import type { CommandOutcome, StationCommand } from '../ocpp/messages.js';
import { fromCursor, toCursor } from './cursor.js';
import type { StoreDeps } from './deps.js';
import { fromJson } from './json.js';
import type { Store, StoredCommand } from './ports.js';
import { msOrAbsent, present } from './present.js';
import type { OutboxRow } from './schema.js';

/** What people asked of stations, newest first. Rows without a `command_id` are the engine's own. */
export function commandsDoor({ db }: StoreDeps): Store['commands'] {
  return {
    find: async ({ tenantId, stationId, commandId }) => {
      const row = await db
        .selectFrom('outbox')
        .selectAll()
        .where('command_id', '=', commandId)
        .where('tenant_id', '=', tenantId)
        .where('station_id', '=', stationId)
        .executeTakeFirst();
      return row === undefined ? undefined : commandOf(row);
    },
    list: async ({ tenantId, stationId, limit, after }) => {
      let query = db
        .selectFrom('outbox')
        .selectAll()
        .where('command_id', 'is not', null)
        .where('tenant_id', '=', tenantId)
        .where('station_id', '=', stationId);
      if (after !== undefined) {
        const { atMs, id } = fromCursor(after, 'string');
        query = query.where((is) =>
          is(is.refTuple('created_at', 'command_id'), '<', is.tuple(new Date(atMs), id)),
        );
      }
      const rows = await query
        .orderBy('created_at', 'desc')
        .orderBy('command_id', 'desc')
        .limit(limit + 1)
        .execute();
      const items = rows.slice(0, limit).map(commandOf);
      const last = items.at(-1);
      if (rows.length <= limit || last === undefined) return { items };
      return { items, next: toCursor({ atMs: last.createdAtMs, id: last.commandId }) };
    },
  };
}

function commandOf(row: OutboxRow): StoredCommand {
  return {
    commandId: row.command_id ?? '',
    stationId: asStationId(row.station_id),
    actor: row.actor ?? '',
    command: fromJson<StationCommand>(row.command),
    createdAtMs: row.created_at.getTime(),
    expiresAtMs: row.expires_at.getTime(),
    ...present({
      outcome: fromJson<CommandOutcome | undefined>(row.outcome),
      answeredAtMs: msOrAbsent(row.answered_at),
    }),
  };
}
