import { expect, test, vi } from 'vitest';
import { createLog } from '../../src/platform/log.js';
import { createTracing, traceFields, traceFrom } from '../../src/platform/trace.js';
import { tracedOutbound } from '../../src/outbound/traced.js';
import { createInProcessQueue } from '../../src/queue/in-process.js';
import { tracedQueue } from '../../src/queue/traced.js';
import { rememberingLog } from '../support/test-store.js';

test('a job and the call that it makes go on in the trace of whoever added it', async () => {
  const tracing = createTracing();
  const log = rememberingLog();
  const queue = tracedQueue(createInProcessQueue({ log, nowMs: Date.now }), tracing);
  const sent: unknown[] = [];
  const outbound = tracedOutbound(
    {
      async send({ headers }) {
        sent.push(headers);
        return { status: 200, headers: {}, body: '' };
      },
    },
    tracing,
  );
  const lines: string[] = [];
  const stream = { write: (line: string) => void lines.push(line) };
  const workerLog = createLog({ level: 'info', stream, context: () => traceFields(tracing) });
  queue.work(
    'alerts',
    async ({ data }) => {
      await outbound.send({ method: 'POST', url: 'https://x/', timeoutMs: 1, headers: { a: 'b' } });
      workerLog.info({ data }, 'sent');
    },
    { concurrency: 1 },
  );
  const trace = { ...traceFrom(undefined), requestId: 'r1' };
  await tracing.run(trace, () => queue.add('alerts', { n: 1 }));
  await vi.waitFor(() => expect(lines).toHaveLength(1), { timeout: 20_000 });
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ traceId: trace.traceId, data: { n: 1 } });
  expect(sent).toEqual([{ a: 'b', traceparent: expect.stringContaining(trace.traceId) as string }]);
  expect(lines[0]).not.toContain(trace.spanId);
  await queue.close();
});
