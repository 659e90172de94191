import { describe, expect, test } from 'vitest';
import { type PortHistory, uptime } from '../../src/operations/uptime.js';

const MIN_MS = 60_000;
const DAY_MS = 24 * 60 * MIN_MS;
/** A period of 1,000 minutes, at some day. */
const FROM_MS = Date.UTC(2026, 2, 1);
const at = (minute: number): number => FROM_MS + minute * MIN_MS;

const history = (more: Partial<PortHistory> = {}): PortHistory => ({
  fromMs: FROM_MS,
  toMs: at(1000),
  statuses: [],
  stationStatuses: [],
  connections: [{ openedAtMs: at(-100) }],
  exclusions: [],
  ...more,
});
const status = (minute: number, name: PortHistory['statuses'][number]['status'], late = 0) => ({
  status: name,
  atMs: at(minute),
  receivedAtMs: at(minute + late),
});

describe('uptime of 23 CFR 680.116', () => {
  test('a port that was connected and well all the time is at 1', () => {
    expect(uptime(history())).toMatchObject({ uptimeFraction: 1, outageMs: 0, excludedMs: 0 });
  });

  test('50 of 1,000 minutes faulted are 95 %', () => {
    const found = uptime(history({ statuses: [status(200, 'faulted'), status(250, 'available')] }));
    expect(found?.uptimeFraction).toBeCloseTo(0.95, 12);
    expect(found?.outages).toEqual([{ fromMs: at(200), toMs: at(250), cause: 'faulted' }]);
  });

  test('charging, finishing and reserved are not an outage', () => {
    const statuses = [status(1, 'charging'), status(2, 'finishing'), status(3, 'reserved')];
    expect(uptime(history({ statuses }))?.uptimeFraction).toBe(1);
  });

  test('time without a connection is an outage whatever was said before', () => {
    const connections = [
      { openedAtMs: at(-100), closedAtMs: at(100) },
      { openedAtMs: at(130), closedAtMs: at(900) },
    ];
    const found = uptime(history({ connections, statuses: [status(0, 'available')] }));
    expect(found?.uptimeFraction).toBeCloseTo(0.87, 12);
    expect(found?.outages.map((it) => it.cause)).toEqual(['offline', 'offline']);
  });

  test('a fault during an interruption counts once', () => {
    const found = uptime(
      history({
        connections: [{ openedAtMs: at(-1), closedAtMs: at(100) }, { openedAtMs: at(200) }],
        statuses: [status(50, 'faulted'), status(300, 'available')],
      }),
    );
    expect(found?.outageMs).toBe(250 * MIN_MS);
    expect(found?.outages).toEqual([
      { fromMs: at(50), toMs: at(100), cause: 'faulted' },
      { fromMs: at(100), toMs: at(200), cause: 'offline' },
      { fromMs: at(200), toMs: at(300), cause: 'faulted' },
    ]);
  });

  test('what is excluded counts only where it meets an outage, and only once', () => {
    const found = uptime(
      history({
        statuses: [status(100, 'unavailable'), status(200, 'available')],
        exclusions: [
          { fromMs: at(150), toMs: at(250) },
          { fromMs: at(160), toMs: at(180) },
          { fromMs: at(500), toMs: at(600) },
        ],
      }),
    );
    expect(found).toMatchObject({ outageMs: 100 * MIN_MS, excludedMs: 50 * MIN_MS });
    expect(found?.uptimeFraction).toBeCloseTo((1000 - (100 - 50)) / 1000, 12);
  });

  test('the status before the period holds at its beginning', () => {
    const statuses = [status(-50, 'faulted'), status(10, 'available')];
    expect(uptime(history({ statuses }))?.outageMs).toBe(10 * MIN_MS);
  });

  test('a status that came late counts from when the station says that it changed', () => {
    const statuses = [status(100, 'faulted', 40), status(200, 'available')];
    expect(uptime(history({ statuses }))?.outageMs).toBe(100 * MIN_MS);
  });

  test('a clock that is ahead or a week behind is not believed', () => {
    const ahead = { status: 'faulted', atMs: at(5000), receivedAtMs: at(900) } as const;
    expect(uptime(history({ statuses: [ahead] }))?.outageMs).toBe(100 * MIN_MS);
    const behind = { ...ahead, atMs: at(900) - 8 * DAY_MS };
    expect(uptime(history({ statuses: [behind] }))?.outageMs).toBe(100 * MIN_MS);
  });

  test('a station that came within the period is judged from then on', () => {
    const found = uptime(history({ connections: [{ openedAtMs: at(600), closedAtMs: at(800) }] }));
    expect(found).toMatchObject({ fromMs: at(600), outageMs: 200 * MIN_MS, uptimeFraction: 0.5 });
  });

  test('a port that has never been connected has no uptime', () => {
    expect(uptime(history({ connections: [] }))).toBeUndefined();
  });

  test('a year at 97 % may be out for 15,768 minutes', () => {
    const year = history({
      toMs: FROM_MS + 365 * DAY_MS,
      statuses: [status(0, 'faulted'), status(15_768, 'available')],
    });
    expect(uptime(year)?.uptimeFraction).toBeCloseTo(0.97, 12);
  });
});
