import { describe, expect, test } from 'vitest';
import { siteId, stationId } from '../../solver/index.js';
import { dueAt, planDeliveries } from '../../src/operations/alert-plan.js';
import { mailText, webhookBody } from '../../src/operations/alert-text.js';
import { RETRY_DELAYS_MS } from '../../src/operations/deliver.js';
import type {
  AlertRule,
  ClaimedDelivery,
  FaultEvent,
  StoredRule,
} from '../../src/store/operations/alert-ports.js';
import type { Fault } from '../../src/store/operations/fault-ports.js';

const NOW_MS = Date.parse('2026-06-15T21:30:00Z');
const utc = (text: string): number => Date.parse(text);

const rule = (more: Partial<StoredRule> = {}): StoredRule => ({
  id: 'r1',
  tenantId: 't',
  version: 1,
  name: 'all',
  severityMin: 'warning',
  channelIds: ['c1'],
  timeZone: 'Europe/Berlin',
  digest: 'none',
  tellsSolved: true,
  enabled: true,
  ...more,
});

const fault = (more: Partial<Fault> = {}): Fault => ({
  id: 'f1',
  tenantId: 't',
  siteId: siteId('depot'),
  stationId: stationId('CP1'),
  key: 'station-offline CP1',
  kind: 'station-offline',
  cause: 'The station is not connected',
  severity: 'error',
  summary: 'CP1 has been offline for 20 min',
  evidence: { figures: { offlineMin: 20 } },
  state: 'open',
  firstSeenAtMs: NOW_MS,
  lastSeenAtMs: NOW_MS,
  count: 1,
  actor: 'system',
  version: 1,
  ...more,
});
const event = (id: number, more: Partial<Fault> = {}): FaultEvent => ({
  id,
  type: 'fault.opened',
  atMs: NOW_MS,
  fault: fault(more),
});

describe('when something is told', () => {
  const due = (more: Partial<AlertRule>): string =>
    new Date(dueAt(rule(more), NOW_MS)).toISOString();

  test('at once, or with the next digest of the zone', () => {
    expect(due({})).toBe('2026-06-15T21:30:00.000Z');
    expect(due({ digest: 'hourly' })).toBe('2026-06-15T22:00:00.000Z');
    expect(due({ digest: 'daily' })).toBe('2026-06-16T06:00:00.000Z');
    expect(due({ digest: 'daily', dailyAt: '23:45' })).toBe('2026-06-15T21:45:00.000Z');
  });

  test('quiet hours put it off to their end, over midnight too', () => {
    // 23:30 in Berlin.
    expect(due({ quietHours: { from: '22:00', to: '07:00' } })).toBe('2026-06-16T05:00:00.000Z');
    expect(due({ quietHours: { from: '00:00', to: '07:00' } })).toBe('2026-06-15T21:30:00.000Z');
    expect(due({ timeZone: 'UTC', quietHours: { from: '22:00', to: '07:00' } })).toBe(
      '2026-06-15T21:30:00.000Z',
    );
  });

  test('the hour that a clock change skips is told at the next one', () => {
    const quiet = rule({ quietHours: { from: '01:00', to: '02:30' } });
    const dueMs = dueAt(quiet, utc('2026-03-29T00:30:00Z'));
    expect(dueMs).toBeGreaterThan(utc('2026-03-29T00:30:00Z'));
    expect(dueMs).toBeLessThanOrEqual(utc('2026-03-29T01:30:00Z'));
  });
});

describe('what is told to whom', () => {
  test('by kind, severity, site, state and tenant', () => {
    const told = (more: Partial<StoredRule>, given: FaultEvent): number =>
      planDeliveries([given], [rule(more)], NOW_MS).length;
    expect(told({}, event(1))).toBe(1);
    expect(told({ kinds: ['distrusted'] }, event(1))).toBe(0);
    expect(told({ kinds: ['station-offline'] }, event(1))).toBe(1);
    expect(told({ severityMin: 'error' }, event(1, { severity: 'warning' }))).toBe(0);
    expect(told({ siteIds: [siteId('other')] }, event(1))).toBe(0);
    expect(told({ enabled: false }, event(1))).toBe(0);
    expect(told({ tellsSolved: false }, { ...event(1), type: 'fault.solved' })).toBe(0);
    expect(told({ tenantId: 'other' }, event(1))).toBe(0);
    expect(told({ channelIds: ['c1', 'c2'] }, event(1))).toBe(2);
  });

  test('what comes all at once is one message', () => {
    const events = Array.from({ length: 11 }, (_, index) => event(index));
    expect(planDeliveries(events.slice(1), [rule()], NOW_MS)).toHaveLength(10);
    expect(planDeliveries(events, [rule()], NOW_MS)).toMatchObject([
      { type: 'faults.digest', dueAtMs: NOW_MS, eventIds: events.map((it) => it.id) },
    ]);
  });

  test('a digest is one delivery, and later events join it', () => {
    const daily = rule({ digest: 'daily' });
    const first = planDeliveries([event(1), event(2)], [daily], NOW_MS);
    const later = planDeliveries([event(3)], [daily], NOW_MS + 60_000);
    expect(first).toHaveLength(1);
    expect(first[0]).toMatchObject({ type: 'faults.digest', eventIds: [1, 2] });
    expect(later[0]?.digestKey).toBe(first[0]?.digestKey);
  });
});

const delivery = (events: readonly FaultEvent[]): ClaimedDelivery => ({
  id: 'd1',
  tenantId: 't',
  channelId: 'c1',
  type: 'fault.opened',
  state: 'waiting',
  attempts: 1,
  dueAtMs: NOW_MS,
  createdAtMs: NOW_MS,
  channel: { id: 'c1', kind: 'webhook', name: 'c', target: 'https://x.example', createdAtMs: 0 },
  secrets: [],
  events,
  eventCount: events.length,
});

describe('what is sent', () => {
  test('is below 20 kB however much there is to tell, and says what it left out', () => {
    const series = Array.from({ length: 28 }, (_, day) => ({ atMs: day, value: day }));
    const many = Array.from({ length: 200 }, (_, id) =>
      event(id, { summary: 'x'.repeat(400), evidence: { series } }),
    );
    const body = webhookBody(delivery(many), NOW_MS);
    expect(Buffer.byteLength(body)).toBeLessThan(20_000);
    const { data } = JSON.parse(body) as { data: { faults: unknown[]; omitted: number } };
    expect(data.faults.length + data.omitted).toBe(200);
    expect(data.faults.length).toBeGreaterThan(5);
  });

  test('says how much more there is than it was given', () => {
    const long = { ...delivery([event(1), event(2)]), eventCount: 300 };
    expect(JSON.parse(webhookBody(long, NOW_MS))).toMatchObject({ data: { omitted: 298 } });
    const { subject, text } = mailText(long);
    expect(subject).toBe('Busbar: 300 messages about faults');
    expect(text).toContain('and 298 more');
  });

  test('a subject is one line', () => {
    const { subject } = mailText(delivery([event(1, { summary: 'a\r\nBcc: x@example.com' })]));
    expect(subject).toBe('Busbar: a Bcc: x@example.com');
  });

  test('a receiver that fails is tried ten times over three days', () => {
    expect(RETRY_DELAYS_MS).toHaveLength(9);
    const hours = RETRY_DELAYS_MS.reduce((sum, ms) => sum + ms, 0) / 3_600_000;
    expect(hours).toBeCloseTo(75.6, 1);
  });
});
