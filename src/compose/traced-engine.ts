/** An engine that learns from which request a command comes, so that the log can say so. */
import type { Engine } from '../control/engine.js';
import type { Tracing } from '../platform/trace.js';

export function tracedEngine(engine: Engine, tracing: Tracing): Engine {
  const traced = <Ask extends object>(ask: Ask): Ask & { readonly traceId?: string } => {
    const traceId = tracing.current()?.traceId;
    return traceId === undefined ? ask : { ...ask, traceId };
  };
  return {
    ...engine,
    order: (siteId, ask) => engine.order(siteId, traced(ask)),
    command: (siteId, ask) => engine.command(siteId, traced(ask)),
  };
}
