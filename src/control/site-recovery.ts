/**
 * Takes sites back that another process claimed and then left. A claim ends the engine before it, also
 * one of a process that has died since, or that was executed long after it was sent; somebody has to run
 * the site again. Whoever holds a site says so in its row every few seconds; one that says nothing any
 * more holds nothing.
 */
import type { SiteId } from '../../solver/index.js';
import type { Log } from '../platform/ports.js';
import type { Store } from '../store/ports.js';

/** Real time. The row is written this often, and looked at as often. */
const LOOK_EVERY_MS = 10_000;
/** A process that was stopped for a minute is given its sites back rather than another one. */
const HOLDER_SILENT_SEC = 60;

export interface SiteRecovery {
  /** Finishes the look in progress. */
  stop(): Promise<void>;
}

export interface SiteRecoveryDeps {
  readonly log: Log;
  readonly store: Pick<Store, 'engine'>;
  /** Sites that another process has claimed from this one. */
  elsewhere(): readonly SiteId[];
  /** Claims the site and runs it. */
  takeBack(siteId: SiteId): Promise<void>;
}

export function recoverSites({ log, store, elsewhere, takeBack }: SiteRecoveryDeps): SiteRecovery {
  let looking: Promise<void> | undefined;

  async function look(): Promise<void> {
    try {
      await store.engine.sayHeld();
      for (const siteId of elsewhere()) {
        if (!(await store.engine.isLeft(siteId, HOLDER_SILENT_SEC))) continue;
        log.warn({ site: siteId }, 'nobody runs the site: it is taken back');
        await takeBack(siteId);
      }
    } catch (error) {
      log.warn({ err: String(error) }, 'sites are looked after again later');
    }
  }

  const timer = setInterval(() => {
    looking ??= look().finally(() => {
      looking = undefined;
    });
  }, LOOK_EVERY_MS);
  timer.unref();
  return {
    async stop() {
      clearInterval(timer);
      await looking;
    },
  };
}
