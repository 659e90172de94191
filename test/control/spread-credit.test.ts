import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type SiteId, siteId } from '../../solver/index.js';
import type { SmartChargingTest } from '../../src/control/smart-charging-test/test-record.js';
import { type CreditSpread, spreadCredit } from '../../src/control/spread-credit.js';
import type { SiteEvent } from '../../src/control/state.js';
import type { Store } from '../../src/store/ports.js';
import { openTested } from './tested-station.js';

const SITES = [siteId('a'), siteId('b')];
/** Another process opened it: nothing is known of it here. */
const ELSEWHERE = siteId('c');
/** Of another tenant. */
const STRANGER = siteId('d');
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

interface Bench {
  readonly spread: CreditSpread;
  readonly told: SiteId[];
  /** Rows in the inboxes of sites that run elsewhere. */
  readonly rows: readonly [SiteId, readonly SiteEvent[]][];
  /** What the next look at the rows, and the next word to a site, end with. */
  readonly failures: { look: number; word: number };
  readonly test: SmartChargingTest;
}

function bench(): Bench {
  const told: SiteId[] = [];
  const rows: [SiteId, readonly SiteEvent[]][] = [];
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
    sites: {
      list: async () =>
        [...SITES, ELSEWHERE, STRANGER].map((id) => ({
          id,
          tenantId: id === STRANGER ? 'other' : 'main',
        })),
    },
    inbox: {
      async append(id: SiteId, events: readonly SiteEvent[]) {
        rows.push([id, events]);
        return [1];
      },
    },
  } as unknown as Pick<Store, 'smartChargingTests' | 'sites' | 'inbox'>;
  const spread = spreadCredit({
    log: silent,
    store,
    knows: (id) => SITES.includes(id),
    async submit(id) {
      if (id === SITES[1]) failing('word');
      told.push(id);
    },
  });
  return { spread, told, rows, failures, test: ended };
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

test('R0 a site that another process runs has it in its inbox, and no other tenant has', async () => {
  const one = bench();
  one.spread.ended('main', one.test);
  await vi.advanceTimersByTimeAsync(100);
  expect(one.told).toEqual(SITES);
  const { vendor, model, firmware } = one.test;
  const kind = JSON.stringify([vendor, model, firmware]);
  expect(one.rows).toMatchObject([[ELSEWHERE, [{ type: 'capability.recorded', card: { kind } }]]]);
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
