/** A queue whose jobs go on in the trace of whoever added them. */
import { type Tracing, traceFrom, traceparentOf } from '../platform/trace.js';
import type { Queue } from './ports.js';

export function tracedQueue(queue: Queue, tracing: Tracing): Queue {
  return {
    ...queue,
    add(name, data, options) {
      const trace = tracing.current();
      const traced = trace === undefined ? data : { ...data, traceparent: traceparentOf(trace) };
      return queue.add(name, traced, options);
    },
    work(name, handler, options) {
      queue.work(
        name,
        (job) => {
          const { traceparent, ...data } = job.data;
          const trace = traceFrom(typeof traceparent === 'string' ? traceparent : undefined);
          return tracing.run(trace, () => handler({ ...job, data }));
        },
        options,
      );
    },
  };
}
