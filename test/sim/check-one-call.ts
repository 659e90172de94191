/** I5: at most one call in flight on a connection, and no number twice at one station. */
import type { StationId } from '../../solver/index.js';
import type { Connection } from './network.js';
import type { WrittenCall } from './sim-gateway.js';

export interface OneCall {
  /** What is wrong with this call being written now. */
  written(call: WrittenCall): string | undefined;
  ended(call: WrittenCall): void;
}

export function createOneCall(): OneCall {
  const inFlight = new Map<Connection, WrittenCall>();
  const numbers = new Map<StationId, Set<number>>();
  return {
    written(call) {
      const { connection, row } = call;
      const other = inFlight.get(connection);
      inFlight.set(connection, call);
      const used = numbers.get(row.stationId) ?? new Set();
      numbers.set(row.stationId, used);
      const isUsed = used.has(row.seq);
      used.add(row.seq);
      if (other !== undefined) {
        return `call ${row.seq} to ${row.stationId} while ${other.row.seq} has no answer`;
      }
      return isUsed ? `call ${row.seq} to ${row.stationId} for the second time` : undefined;
    },
    ended(call) {
      if (inFlight.get(call.connection) === call) inFlight.delete(call.connection);
    },
  };
}
