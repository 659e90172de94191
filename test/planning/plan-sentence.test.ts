import { expect, test } from 'vitest';
import { evseId, sessionId } from '../../solver/index.js';
import { planSentence, planWarning, sitePlanSentence } from '../../src/planning/plan-sentence.js';
import {
  planEdgeMs,
  plannedTarget,
  type SessionPlan,
  type SitePlan,
} from '../../src/planning/site-plan.js';

const NOW_MS = Date.UTC(2026, 0, 5, 20);
const HOUR_MS = 3_600_000;
const AT = { nowMs: NOW_MS, timeZone: 'Europe/Berlin' };
const SESSION = { id: sessionId('s'), pluggedInAtMs: NOW_MS - HOUR_MS };

const planOf = (change: Partial<SessionPlan> = {}, more: Partial<SitePlan> = {}): SitePlan => ({
  madeAtMs: NOW_MS - 1000,
  staleAtMs: NOW_MS + HOUR_MS,
  engine: 'structured',
  currency: 'EUR',
  horizonEndsAtMs: NOW_MS + 12 * HOUR_MS,
  peakW: 12_345,
  storage: [],
  sessions: [
    {
      sessionId: SESSION.id,
      evseId: evseId('S1:1'),
      need: { source: 'claim', energyWh: 10_000, departureAtMs: NOW_MS + 9 * HOUR_MS },
      steps: [
        { fromMs: NOW_MS - 1000, targetA: 0 },
        { fromMs: NOW_MS + 4 * HOUR_MS, targetA: 16 },
      ],
      targetIsMax: true,
      plannedWh: 10_000,
      finishedAtMs: NOW_MS + 5 * HOUR_MS,
      costMicros: 1_234_567,
      ...change,
    },
  ],
  ...more,
});

test('says until when it waits, when it is finished and what it costs, in local time', () => {
  expect(planSentence(planOf(), SESSION, AT)).toBe(
    'Plan: waits until 01:00, finished by 02:00, about 1.23 EUR from now on.',
  );
});

test('says what it gets now, what will be missing, and what the plan rests on', () => {
  const change = {
    steps: [{ fromMs: NOW_MS, targetA: 16 }],
    targetIsMax: false,
    plannedWh: 7000,
    costMicros: undefined,
    need: { source: 'history', energyWh: 10_000, departureAtMs: NOW_MS + HOUR_MS },
  } as const;
  expect(planSentence(planOf(change), SESSION, AT)).toBe(
    'Plan: at least 16 A now, finished by 02:00, 3.0 kWh will be missing at 22:00; its token usually needs this.',
  );
});

test('a plan that is over, or of others, says nothing', () => {
  expect(planSentence(planOf({}, { staleAtMs: NOW_MS }), SESSION, AT)).toBeUndefined();
  expect(planSentence(planOf(), { ...SESSION, id: sessionId('other') }, AT)).toBeUndefined();
  expect(planSentence(undefined, SESSION, AT)).toBeUndefined();
});

test('the site wakes at the next step of any session, and at the end of the plan', () => {
  expect(planEdgeMs(planOf({}, { staleAtMs: NOW_MS + 9 * HOUR_MS }), [], NOW_MS)).toBe(
    NOW_MS + 4 * HOUR_MS,
  );
  expect(planEdgeMs(planOf(), [], NOW_MS)).toBe(NOW_MS + HOUR_MS);
  expect(planEdgeMs(planOf(), [], NOW_MS + HOUR_MS)).toBeUndefined();
});

test('who came since the plan was made takes what is left until the next one had its time', () => {
  const plan = planOf();
  const startedAtMs = NOW_MS + 5000;
  const newcomer = { id: sessionId('new'), pluggedInAtMs: NOW_MS - HOUR_MS, startedAtMs };
  expect(plannedTarget(plan, newcomer, startedAtMs)).toEqual({ targetA: 0, targetIsMax: false });
  expect(planEdgeMs(plan, [newcomer], startedAtMs)).toBe(startedAtMs + 30_000);
  expect(plannedTarget(plan, newcomer, startedAtMs + 30_000)).toBeUndefined();
  const known = { ...newcomer, startedAtMs: plan.madeAtMs };
  expect(plannedTarget(plan, known, startedAtMs)).toBeUndefined();
});

test('what was said since the plan was made does not end its target at once', () => {
  const claim = {
    departureAtMs: NOW_MS + HOUR_MS,
    energyWh: 5000,
    setAtMs: NOW_MS + 1000,
    actor: 'driver',
  };
  const session = { ...SESSION, claim };
  expect(plannedTarget(planOf(), session, NOW_MS + 1000)?.targetA).toBe(0);
  expect(plannedTarget(planOf(), session, NOW_MS + 31_000)).toBeUndefined();
});

test('of the site it says that there is a plan, or why there is none', () => {
  expect(sitePlanSentence(planOf(), 'auto', NOW_MS)).toBe(
    '1 session is planned; the highest import planned is 12.3 kW.',
  );
  expect(sitePlanSentence(planOf(), 'auto', NOW_MS + HOUR_MS)).toContain('too old');
  expect(sitePlanSentence(undefined, 'auto', NOW_MS)).toContain('nothing to gain');
  expect(sitePlanSentence(planOf(), 'off', NOW_MS)).toContain('off');
  expect(planWarning(undefined)).toBeUndefined();
  expect(planWarning({ demandCharge: 'USD', prices: 'EUR' })).toBe(
    'The demand charge is not counted: it is in USD, and prices are in EUR.',
  );
});
