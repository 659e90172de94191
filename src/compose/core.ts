/** Engine, gateway and upkeep: the three that know each other. */
import type { Registry } from 'prom-client';
import { createDurationMeter } from '../control/duration-meter.js';
import { createEngine, type Engine } from '../control/engine.js';
import { createCallMeter } from '../ocpp/call-meter.js';
import { createGateway } from '../ocpp/gateway.js';
import type { Gateway } from '../ocpp/ports.js';
import type { Config } from '../platform/config.js';
import { createIds } from '../platform/ids.js';
import type { Lifetime } from '../platform/lifetime.js';
import type { Clock, Log } from '../platform/ports.js';
import type { Tracing } from '../platform/trace.js';
import type { Queue } from '../queue/ports.js';
import type { Store } from '../store/ports.js';
import type { FileShelf } from '../upkeep/transfer/file-shelf.js';
import { createPlanPool } from '../planning/pool.js';
import { createPlanner, type Planner } from '../planning/planner.js';
import { createStoragePort } from '../planning/storage-port.js';
import { createUpkeep, type Upkeep } from '../upkeep/upkeep.js';
import { gatewayPorts } from './gateway-ports.js';
import { gatewaySettings } from './gateway-settings.js';
import type { Operating } from './operating.js';
import { withHints } from './site-hints.js';
import { tracedEngine } from './traced-engine.js';
import { upkeepSettings } from './upkeep-parts.js';

/** One thread beside the event loop; a plan of a large site takes a second. */
const PLAN_POOL = { threadsMax: 1, timeoutMs: 20_000, waitingMax: 100 };

export interface Core {
  readonly engine: Engine;
  /** Not listening yet. */
  readonly gateway: Gateway;
  readonly upkeep: Upkeep;
  readonly planner: Planner;
}

export interface CoreDeps {
  readonly config: Config;
  readonly log: Log;
  readonly registry: Registry;
  readonly tracing: Tracing;
  readonly clock: Clock;
  readonly store: Store;
  readonly queue: Queue;
  readonly files: FileShelf;
  readonly operating: Operating;
  macOf(secret: string): Buffer;
  /** Where stations and browsers reach the API. */
  publicUrl(): string;
}

/** Sites are loaded and decided on from here; no station is let in yet. */
export async function startCore(life: Lifetime, deps: CoreDeps): Promise<Core> {
  const core = createCore(deps);
  const { engine, planner, upkeep } = core;
  // Closed after the engine, which tells it of every step.
  await life.open(
    async () => planner,
    (it) => it.stop(),
  );
  await life.open(
    () => engine.start(),
    () => engine.stop(),
  );
  await deps.operating.watch(engine);
  await life.open(
    async () => {
      const { outbound } = deps.operating;
      const port = createStoragePort({ ...deps, engine, outbound, realNowMs: Date.now });
      port.start();
      return port;
    },
    (it) => it.stop(),
  );
  await life.open(
    async () => upkeep.start(),
    () => upkeep.stop(),
  );
  return core;
}

/** Engine and gateway know each other; upkeep follows what stations say and asks through the engine. */
function createCore(deps: CoreDeps): Core {
  const { config, log, queue, clock, operating } = deps;
  const ids = createIds();
  const own: Engine = createEngine({
    ...deps,
    newId: () => ids.messageId(),
    onAlarm: operating.onAlarm,
    onDuration: createDurationMeter(deps.registry),
    onChange: (siteId) => planner.changed(siteId),
    dispatch: (commands) => gateway.dispatch(commands),
    onTakenOver: (site) => gateway.release(site.stations.map(({ id }) => id)),
    roundTripMs: () => gateway.stats().roundTripMs,
  });
  const hinted = withHints({ engine: own, queue, clock, log });
  const engine = tracedEngine(hinted, deps.tracing);
  const planner = createPlanner({
    ...deps,
    engine,
    pool: createPlanPool({ log, ...PLAN_POOL }),
  });
  const upkeep = createUpkeep({
    ...deps,
    engine,
    realNowMs: Date.now,
    settings: upkeepSettings(config),
  });
  const gateway: Gateway = createGateway(gatewayPorts({ ...deps, ids, engine, upkeep }), {
    ...gatewaySettings(config),
    onCallEnd: createCallMeter(deps.registry),
    onFrame: operating.onFrame,
  });
  return { engine, gateway, planner, upkeep };
}
