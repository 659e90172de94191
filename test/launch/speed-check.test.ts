import { expect, test } from 'vitest';
import type { ApiClient } from '../../launch/api-client.js';
import { checkSpeed, judge } from '../../launch/speed-check.js';

/** A service whose series of calls take these times; all stations but one get ready. */
function serviceOf(seriesMs: readonly number[]): ApiClient & { readonly pings: string[] } {
  const pings: string[] = [];
  let stagesAsked = 0;
  let figuresAsked = 0;
  const answers: Readonly<Record<string, () => unknown>> = {
    '/v1/sites/s': () => ({ settings: { settleSec: 12 } }),
    '/v1/charging-stations?siteId=s': () => {
      stagesAsked += 1;
      const stage = stagesAsked === 1 ? 'installing' : 'ready';
      return {
        items: [
          { id: 'A', stage },
          { id: 'B', stage: 'unusable' },
        ],
      };
    },
    '/v1/figures': () => {
      const ms = seriesMs[figuresAsked] ?? 0;
      figuresAsked += 1;
      // First contact was a storm: what came before the series does not count.
      return { roundTripMs: [...Array<number>(100).fill(500), ...Array<number>(60).fill(ms)] };
    },
  };
  return {
    pings,
    get: async <T>(path: string) => answers[path]?.() as T,
    post: async <T>(path: string) => {
      pings.push(path);
      return undefined as T;
    },
  };
}

test('keeps a speed at which a call fits the settle time, after one calm series', async () => {
  const service = serviceOf([20]);
  const check = await checkSpeed(service, { siteId: 's', speed: 480 });
  expect(check).toEqual({
    isKept: true,
    line: 'round trip p99 20 ms x 480 = 9.6 s of the settle time 12 s',
  });
  expect(new Set(service.pings)).toEqual(
    new Set(['/v1/charging-stations/A/ping', '/v1/charging-stations/B/ping']),
  );
  expect(service.pings).toHaveLength(60);
});

test('a hiccup in two series does not refuse a speed that the third can keep', async () => {
  const check = await checkSpeed(serviceOf([90, 26, 25]), { siteId: 's', speed: 480 });
  expect(check.isKept).toBe(true);
});

test('refuses a speed that no series can keep, and says which one would do', () => {
  expect(judge(25, 480, 12).isKept).toBe(true);
  expect(judge(25.1, 480, 12)).toEqual({
    isKept: false,
    line: '--speed: 480 is too fast for this machine now: round trip p99 25.1 ms x 480 = 12.0 s of the settle time 12 s; up to 478 would do',
  });
});
