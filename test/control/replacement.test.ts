/** Which of two leases a composite schedule shows (SAFETY R1, R10). */
import { describe, expect, test } from 'vitest';
import { shapedCommand } from '../../ledger/shape.js';
import type { PossibleCommand } from '../../ledger/types.js';
import type { CompositeSchedule, SchedulePeriod } from '../../profiles/index.js';
import { amps } from '../../solver/index.js';
import { openDraft } from '../../src/control/draft.js';
import { initialState } from '../../src/control/initial-state.js';
import { isFollowed } from '../../src/control/replacement.js';
import { smallSite, START_MS } from './small-site.js';

const site = smallSite();
const [evse] = site.evses;
if (evse === undefined) throw new Error('the site has an EVSE');
const draft = openDraft(initialState(site, 1, START_MS), START_MS);

function lease(grantA: number, tailA: number, endsInSec: number): PossibleCommand {
  return shapedCommand({
    seq: 1,
    state: 'accepted',
    grantA: amps(grantA),
    tailA: amps(tailA),
    boundaryAtMs: START_MS + endsInSec * 1000,
  });
}

function shown(...periods: readonly SchedulePeriod[]): CompositeSchedule {
  return { evseNumber: 1, startAtMs: START_MS, durationSec: 400, unit: 'A', periods };
}

describe('a lease is followed', () => {
  test.each([
    {
      name: 'in two periods',
      schedule: shown({ startSec: 0, limit: 9 }, { startSec: 200, limit: 6 }),
    },
    {
      name: 'a skew later',
      schedule: shown({ startSec: 0, limit: 9 }, { startSec: 210, limit: 6 }),
    },
    {
      name: 'rounded down',
      schedule: shown({ startSec: 0, limit: 9 }, { startSec: 200, limit: 5.2 }),
    },
  ])('$name', ({ schedule }) => {
    expect(isFollowed(draft, evse, schedule, lease(9.4, 6, 200))).toBe(true);
  });

  test('in one period, where limit and tail are the same rounded down', () => {
    expect(isFollowed(draft, evse, shown({ startSec: 0, limit: 6 }), lease(6.6, 6, 200))).toBe(
      true,
    );
  });

  test.each([
    { name: 'without its end', schedule: shown({ startSec: 0, limit: 9 }) },
    {
      name: 'with an earlier end',
      schedule: shown({ startSec: 0, limit: 9 }, { startSec: 100, limit: 6 }),
    },
    { name: 'with more', schedule: shown({ startSec: 0, limit: 10 }, { startSec: 200, limit: 6 }) },
    { name: 'by nothing', schedule: shown() },
  ])('not $name', ({ schedule }) => {
    expect(isFollowed(draft, evse, schedule, lease(9.4, 6, 200))).toBe(false);
  });
});
