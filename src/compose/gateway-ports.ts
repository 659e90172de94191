/** The gateway's view of the service: credentials, inbox, transaction ids, tokens. */
import { stationId as toStationId } from '../../solver/index.js';
import type { Engine } from '../control/engine.js';
import type { GatewayPorts } from '../ocpp/ports.js';
import { CpmsError } from '../platform/errors.js';
import type { Clock, Ids, Log } from '../platform/ports.js';
import type { Store } from '../store/ports.js';
import type { Upkeep } from '../upkeep/upkeep.js';
import { authorize } from '../control/authorize.js';

export function gatewayPorts(deps: {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  readonly store: Store;
  readonly engine: Engine;
  readonly upkeep: Upkeep;
  macOf(secret: string): Buffer;
}): GatewayPorts {
  const { engine, store } = deps;
  return {
    clock: deps.clock,
    ids: deps.ids,
    log: deps.log,
    macOf: deps.macOf,
    keepVariables: (stationId, variables) => store.deviceVariables.keep(stationId, variables),
    append: async (events) => {
      await engine.append(events);
      deps.upkeep.tookEvents(events);
    },
    record: async (records) => {
      await store.records.append(records);
      deps.upkeep.tookRecords(records);
    },
    requestCertificate: (stationId, ask) => deps.upkeep.requestCertificate(stationId, ask),
    isProvisioned: (presentedId) => engine.siteOf(toStationId(presentedId)) !== undefined,
    newestSecretUsed: (stationId) => store.stations.forgetPrevious(stationId),
    notePending: (attempts) => store.pending.note(attempts),
    transactionIdOf: (stationId, fingerprint) => store.transactions.idOf(stationId, fingerprint),
    findTransactionEvse: (stationId, transactionId) =>
      store.transactions.evseNumber(stationId, transactionId),
    async findCredential(presentedId) {
      const row = await store.stations.credential(presentedId);
      // Answered 503: a balancer, or the station, tries again until it meets the process that serves it.
      if (row !== undefined && engine.isElsewhere(row.siteId)) {
        const message = `another process runs site ${row.siteId}`;
        throw new CpmsError('stale-epoch', message, { retriable: true });
      }
      const site = row === undefined ? undefined : engine.state(row.siteId)?.site;
      if (row === undefined || site === undefined) return undefined;
      const stationId = toStationId(presentedId);
      const evses = site.evses.filter((it) => it.stationId === stationId);
      if (evses.length === 0) return undefined;
      return {
        stationId,
        siteId: row.siteId,
        secretMac: row.secretMac,
        ...(row.previousMac === undefined ? {} : { previousMac: row.previousMac }),
        evseNumbers: evses.map((it) => it.evseNumber).toSorted((a, b) => a - b),
        sampleIntervalSec: site.settings.sampleIntervalSec,
        schemaMode: row.schemaMode,
        ...(row.pinnedVersion === undefined ? {} : { pinnedVersion: row.pinnedVersion }),
      };
    },
    async authorize(stationId, ask) {
      const siteId = engine.siteOf(stationId);
      const site = siteId === undefined ? undefined : engine.state(siteId)?.site;
      if (site === undefined) return { status: 'Unknown' };
      return authorize(deps, { site, stationId }, ask);
    },
  };
}
