import { Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { stationId } from '../../solver/index.js';
import { createDurationMeter } from '../../src/control/duration-meter.js';
import { recordFigures } from '../../src/control/figures.js';
import type { PendingCommand } from '../../src/control/state.js';

function call(station: string, priority: PendingCommand['priority'] = 'normal'): PendingCommand {
  const profile = {
    id: 1,
    stackLevel: 0,
    purpose: 'tx' as const,
    evseNumber: 1,
    startAtMs: 0,
    unit: 'A' as const,
    periods: [{ startSec: 0, limit: 6 }],
  };
  return {
    seq: 1,
    epoch: 1,
    stationId: stationId(station),
    purpose: 'grant',
    command: { kind: 'set-charging-profile', profile },
    priority,
    createdAtMs: 0,
    expiresAtMs: 1000,
  };
}

test('keeps calls of two sites apart that have the same sequence', () => {
  const figures = recordFigures();
  figures.committed(call('A'), 100, 90);
  figures.committed(call('B'), 200, 190);
  figures.answered(call('A'), { status: 'accepted' }, 130);
  figures.answered(call('B'), { status: 'accepted' }, 250);
  expect(figures.read()).toMatchObject({ profileCommands: 2, ackMs: [30, 50] });
});

test('times a cut from its demand, counts refusals, and nothing that was not sent', () => {
  const figures = recordFigures();
  figures.committed(call('A', 'cut'), 100, 90);
  figures.committed(call('B'), 100, 90);
  figures.committed(call('C'), 100, 90);
  figures.answered(call('A'), { status: 'accepted' }, 140);
  figures.answered(call('B'), { status: 'rejected', detail: 'no' }, 140);
  figures.answered(call('C'), { status: 'not-sent', detail: 'offline' }, 140);
  figures.answered(call('A'), { status: 'accepted' }, 170);
  expect(figures.read()).toMatchObject({
    profileCommands: 2,
    profileRejected: 1,
    ackMs: [40],
    cutMs: [50],
  });
});

test('the histograms go on counting where the kept samples make room', async () => {
  const registry = new Registry();
  const figures = recordFigures(createDurationMeter(registry));
  for (let n = 0; n < 50_010; n += 1) figures.decided(2000);
  const text = await registry.metrics();
  expect(text).toMatch(/busbar_decision_duration_seconds_count 50010\n/);
  expect(text).toMatch(/busbar_decision_duration_seconds_sum 100020\n/);
  const { decisionMs, sampleCounts } = figures.read();
  expect(decisionMs).toHaveLength(50_000);
  expect(sampleCounts.decisionMs).toBe(50_010);
});
