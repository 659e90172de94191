import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type SiteId, siteId } from '../../solver/index.js';
import type { SmartChargingTest } from '../../src/control/smart-charging-test/test-record.js';
import { type CreditSpread, spreadCredit } from '../../src/control/spread-credit.js';
import type { Store } from '../../src/store/ports.js';
import { openTested } from './tested-station.js';

const SITES = [siteId('a'), siteId('b')];
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

interface Bench {
  readonly spread: CreditSpread;
  readonly told: SiteId[];
  /** What the next look at the rows, and the next word to a site, end with. */
  readonly failures: { look: number; word: number };
  readonly test: SmartChargingTest;
}

function bench(): Bench {
  const told: SiteId[] = [];
  const failures = { look: 0, word: 0 };
  const failing = (which: 'look' | 'word'): void => {
    failures[which] -= 1;
    if (failures[which] >= 0) throw new Error('no connection');
  };
  const station = openTested();
  station.ask();
  const ended = station.test();
  const store = {
    smartChargingTests: {
      async ofKind() {
        failing('look');
        return [ended];
      },
    },
  } as unknown as Pick<Store, 'smartChargingTests'>;
  const spread = spreadCredit({
    log: silent,
    store,
    sitesOf: () => SITES,
    async submit(id) {
      if (id === SITES[1]) failing('word');
      told.push(id);
    },
  });
  return { spread, told, failures, test: ended };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('R0 every site hears of an ended test, although rows were away and one site could not be told', async () => {
  const one = bench();
  Object.assign(one.failures, { look: 2, word: 1 });
  one.spread.ended('main', one.test);
  await vi.advanceTimersByTimeAsync(3000);
  expect(one.told).toEqual([]);
  await vi.advanceTimersByTimeAsync(30_000);
  // The first of them twice: what is not newer changes nothing.
  expect(one.told).toEqual([SITES[0], ...SITES]);
});

test('nothing is tried again once it has stopped', async () => {
  const one = bench();
  one.failures.look = 1;
  one.spread.ended('main', one.test);
  await vi.advanceTimersByTimeAsync(100);
  one.spread.stop();
  await vi.advanceTimersByTimeAsync(30_000);
  expect(one.told).toEqual([]);
});
