import { expect, test } from 'vitest';
import { begin } from '../../src/ocpp/commands.js';
import type { CommandOutcome } from '../../src/ocpp/messages.js';
import { isStep } from '../../src/ocpp/step.js';
import { stationId } from '../../solver/index.js';

const NOW_MS = 1_750_000_000_000;

/** The outcome of a read of EVSE 1 that a 1.6 station answers with these limits, a minute each. */
function outcomeOf(...limits: number[]): CommandOutcome {
  const row = {
    siteId: 's',
    stationId: stationId('CP1'),
    epoch: 1,
    seq: 1,
    command: { kind: 'get-composite-schedule', evseNumber: 1, durationSec: 120 } as const,
    priority: 'normal' as const,
    createdAtMs: NOW_MS,
    expiresAtMs: NOW_MS + 30_000,
  };
  const step = begin(row, 'ocpp1.6', () => NOW_MS);
  if (!isStep(step)) throw new Error('nothing was called');
  const chargingSchedulePeriod = limits.map((limit, index) => ({ startPeriod: index * 60, limit }));
  const chargingSchedule = { duration: 120, chargingRateUnit: 'A', chargingSchedulePeriod };
  const payload = { status: 'Accepted', connectorId: 1, chargingSchedule };
  const outcome = step.next({ status: 'result', payload });
  if (isStep(outcome)) throw new Error('a second call');
  return outcome;
}

test('a schedule of limits is what the station follows', () => {
  expect(outcomeOf(16, 6)).toMatchObject({
    status: 'accepted',
    schedule: { periods: [{ limit: 16 }, { limit: 6 }] },
  });
});

test('a schedule of -1 alone is a station without any limit, and is told apart', () => {
  expect(outcomeOf(-1)).toMatchObject({ status: 'error', isUnlimited: true });
  expect(outcomeOf(-1, -1)).toMatchObject({ status: 'error', isUnlimited: true });
});

test('a schedule that is limited for a part is only not readable', () => {
  const outcome = outcomeOf(-1, 6);
  expect(outcome).toMatchObject({ status: 'error' });
  expect(outcome).not.toHaveProperty('isUnlimited');
});
