/** Engines over one PostgreSQL that run a site one after the other, and what they know of each other. */
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { siteId, stationId } from '../../solver/index.js';
import { createEngine, type Engine } from '../../src/control/engine.js';
import type { StationEvent } from '../../src/ocpp/messages.js';
import { createClock } from '../../src/platform/clock.js';
import { CpmsError } from '../../src/platform/errors.js';
import type { Site } from '../../src/sites/site.js';
import { type Database, openDatabase } from '../../src/store/postgres/open-database.js';
import type { CycleWrite, Store } from '../../src/store/ports.js';
import { smallSite } from '../control/small-site.js';
import { openTestStore, rememberingLog } from '../support/test-store.js';

const SITE = siteId('site');
const SOON = { timeout: 20_000, interval: 20 };
const LOWER: Site = { ...smallSite({ limitA: 16 }), version: 2 };

let database: Database;
const cleanups: (() => Promise<void>)[] = [];

beforeEach(async () => {
  database = await openDatabase({ log: rememberingLog() });
  cleanups.push(() => database.stop());
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

/** An engine over a store of its own, of which a test takes one door in hand. */
async function openEngine(
  doors: (engine: Store['engine']) => Partial<Store['engine']>,
  onTakenOver: (site: Site) => void = () => undefined,
): Promise<Engine> {
  const store = await openTestStore(database.url);
  const engine = createEngine({
    clock: createClock({ speed: 1 }),
    log: rememberingLog(),
    store: { ...store, engine: { ...store.engine, ...doors(store.engine) } },
    newId: randomUUID,
    dispatch: () => undefined,
    onTakenOver,
    roundTripMs: () => [],
  });
  cleanups.push(async () => {
    await engine.stop();
    await store.close();
  });
  return engine;
}

const siteIn = (engine: Engine): Site | undefined => engine.state(SITE)?.site;

const stageIn = (engine: Engine): string | undefined => engine.stations(SITE)[0]?.stage;

const connected = (generation: number): StationEvent => ({
  type: 'station.connected',
  stationId: stationId('S1'),
  receivedAtMs: Date.now(),
  generation,
  version: 'ocpp1.6',
});

const unsettled = (): StationEvent => ({
  type: 'station.unsettled',
  stationId: stationId('S1'),
  receivedAtMs: Date.now(),
});

async function lowerLimit(engine: Engine): Promise<void> {
  await engine.submit(SITE, { type: 'site.edited', site: LOWER, actor: 'ada' });
}

test('the process that claims a site has the limit that the one before it wrote last', async () => {
  const first = await openEngine(() => ({}));
  await first.addSite(smallSite(), 'test');
  const second = await openEngine(({ claimEpoch }) => ({
    async claimEpoch(id) {
      // It has read which sites there are; the other process still runs them.
      await lowerLimit(first);
      await expect.poll(() => siteIn(first)?.version, SOON).toBe(2);
      return claimEpoch(id);
    },
  }));
  await second.start();
  expect(siteIn(second)).toEqual(LOWER);
});

test('so has the engine whose commit of the limit was slower than it waited for', async () => {
  let late: CycleWrite | undefined;
  const engine = await openEngine(({ raiseEpoch, commit }) => ({
    async commit(write) {
      if (write.site === undefined) return commit(write);
      late = write;
      throw new CpmsError('database-unavailable', 'no answer', { retriable: true });
    },
    async raiseEpoch(id) {
      // It waits for the lock of the row, which that commit holds.
      if (late !== undefined) await commit(late);
      late = undefined;
      return raiseEpoch(id);
    },
  }));
  await engine.addSite(smallSite(), 'test');
  await lowerLimit(engine);
  await expect.poll(() => engine.state(SITE)?.epoch, SOON).toBe(2);
  expect(siteIn(engine)).toEqual(LOWER);
});

test('an engine that lost the site while a commit was under way lets it go', async () => {
  const taken: string[] = [];
  let isAway = false;
  let raises = 0;
  const second = await openEngine(() => ({}));
  const first = await openEngine(
    ({ raiseEpoch, commit }) => ({
      async commit(write) {
        if (!isAway) return commit(write);
        isAway = false;
        await second.start();
        throw new CpmsError('database-unavailable', 'no answer', { retriable: true });
      },
      raiseEpoch(id) {
        raises += 1;
        return raiseEpoch(id);
      },
    }),
    (site) => taken.push(site.id),
  );
  await first.addSite(smallSite(), 'test');
  await first.append([connected(1)]);
  await expect.poll(() => stageIn(first), SOON).toBe('connecting');
  isAway = true;
  await first.append([unsettled()]);
  await expect.poll(() => raises, SOON).toBe(1);
  // Else it would hold the site again, and take a station for gone whose socket it has.
  await expect.poll(() => taken, SOON).toEqual(['site']);
  expect(first.isElsewhere(SITE)).toBe(true);
  await lowerLimit(second);
  await expect.poll(() => siteIn(second)?.version, SOON).toBe(2);
});
