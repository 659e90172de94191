/** W3C trace context: what belongs to one request, over processes, in headers and in log lines. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { randomBytes } from 'node:crypto';

export interface Trace {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** Of our own part, 16 hexadecimal digits. */
  readonly spanId: string;
  /** The caller records this trace. */
  readonly isSampled: boolean;
  readonly requestId?: string;
}

/** Which request the code that runs now works for, whatever it awaits. */
export interface Tracing {
  current(): Trace | undefined;
  run<T>(trace: Trace, work: () => T): T;
}

export function createTracing(): Tracing {
  const storage = new AsyncLocalStorage<Trace>();
  return { current: () => storage.getStore(), run: (trace, work) => storage.run(trace, work) };
}

/** Continues the trace of a `traceparent` header, or begins one where there is none to read. */
export function traceFrom(traceparent: string | undefined): Trace {
  const [, version, traceId = '', parentId = '', flags = '00'] =
    /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?$/.exec(traceparent ?? '') ??
    [];
  const isValid =
    version !== undefined && version !== 'ff' && !/^0+$/.test(traceId) && !/^0+$/.test(parentId);
  // Version 00 has nothing behind its flags; later ones may.
  const isRead = isValid && (version !== '00' || traceparent?.length === 55);
  return {
    traceId: isRead ? traceId : randomBytes(16).toString('hex'),
    spanId: randomBytes(8).toString('hex'),
    isSampled: isRead && (Number.parseInt(flags, 16) & 1) === 1,
  };
}

export function traceparentOf({ traceId, spanId, isSampled }: Trace): string {
  return `00-${traceId}-${spanId}-0${isSampled ? 1 : 0}`;
}

/** Fields of a log line; none outside a request. */
export function traceFields(tracing: Tracing): Readonly<Record<string, unknown>> {
  const trace = tracing.current();
  if (trace === undefined) return {};
  const { traceId, spanId, requestId } = trace;
  return requestId === undefined ? { traceId, spanId } : { requestId, traceId, spanId };
}
