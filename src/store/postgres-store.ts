import { CpmsError } from '../platform/errors.js';
import type { Clock, Log } from '../platform/ports.js';
import { auditDoor } from './audit.js';
import { commandsDoor } from './commands.js';
import { browserSessionsDoor } from './browser-sessions.js';
import { decisionsDoor } from './decisions.js';
import { deviceVariablesDoor } from './device-variables.js';
import { engineDoor } from './engine.js';
import { idempotencyDoor } from './idempotency.js';
import { inboxDoor } from './inbox.js';
import { issuersDoor } from './issuers.js';
import { keysDoor } from './keys.js';
import { migrate } from './migrate.js';
import { operationsStore } from './operations/operations-store.js';
import { createPartitions } from './partitions.js';
import { createKysely, createPool } from './pool.js';
import type { Store } from './ports.js';
import { powerHistoryDoor } from './power-history.js';
import { prune } from './prune.js';
import { recordsDoor } from './records.js';
import { serverKeys } from './server-keys.js';
import { sessionsDoor } from './sessions.js';
import { smartChargingTestsDoor } from './smart-charging-tests.js';
import { pendingDoor } from './pending.js';
import { ping, sitesDoor } from './sites.js';
import { stationsDoor } from './stations.js';
import { storageDoor } from './storage.js';
import { tokensDoor } from './tokens.js';
import { transactionsDoor } from './transactions.js';
import { upkeepDoor } from './upkeep/door.js';
import { usersDoor } from './users.js';

export interface StoreOptions {
  readonly url: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly connectionsMax: number;
  /** Days that meter values, decisions and histories are kept. */
  readonly retentionDays: number;
  /** Days that OCPP messages are kept; absent: as long as the others. */
  readonly ocppLogDays?: number;
}

/** A readiness check must not wait as long as a station's message may. */
const PING_TIMEOUT_MS = 1000;

/**
 * Connects, migrates, and opens every door. While PostgreSQL is away each call rejects with
 * `database-unavailable` within seconds; it works again by itself afterwards.
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const { url, clock, log, connectionsMax, retentionDays, ocppLogDays = retentionDays } = options;
  await migrate(url);
  const pool = createPool({ url, connectionsMax, log });
  const db = createKysely(pool);
  const partitions = createPartitions(db, { nowMs: clock.nowMs, log });
  await partitions.cover([clock.nowMs()]);
  const deps = { db, clock, partitions };
  const serverKey = serverKeys(deps);
  return {
    sites: sitesDoor(deps),
    stations: stationsDoor(deps),
    inbox: inboxDoor({ ...deps, serverKey }),
    commands: commandsDoor(deps),
    engine: engineDoor(deps),
    records: recordsDoor(deps),
    transactions: transactionsDoor(deps),
    sessions: sessionsDoor(deps),
    decisions: decisionsDoor(deps),
    deviceVariables: deviceVariablesDoor(deps),
    keys: keysDoor(deps),
    pending: pendingDoor(deps),
    users: usersDoor(deps),
    browserSessions: browserSessionsDoor(deps),
    idempotency: idempotencyDoor({ ...deps, serverKey }),
    tokens: tokensDoor(deps),
    issuers: issuersDoor({ ...deps, serverKey }),
    operations: operationsStore({ ...deps, serverKey }),
    smartChargingTests: smartChargingTestsDoor(deps),
    powerHistory: powerHistoryDoor(deps),
    storage: storageDoor({ ...deps, serverKey }),
    audit: auditDoor(deps),
    upkeep: upkeepDoor({ ...deps, serverKey }),
    serverKey,
    prune: (nowMs) => prune({ ...deps, retentionDays, ocppLogDays }, nowMs),
    ping: () => within(PING_TIMEOUT_MS, ping(db)),
    close: () => db.destroy(),
  };
}

async function within(timeoutMs: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const message = `PostgreSQL did not answer within ${timeoutMs} ms`;
      reject(new CpmsError('database-unavailable', message, { retriable: true }));
    }, timeoutMs);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
