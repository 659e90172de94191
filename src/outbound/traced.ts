/** Calls that tell the other side to which trace they belong. */
import { type Tracing, traceparentOf } from '../platform/trace.js';
import type { Outbound } from './ports.js';

export function tracedOutbound(outbound: Outbound, tracing: Tracing): Outbound {
  return {
    send(request) {
      const trace = tracing.current();
      if (trace === undefined) return outbound.send(request);
      const headers = { ...request.headers, traceparent: traceparentOf(trace) };
      return outbound.send({ ...request, headers });
    },
  };
}
