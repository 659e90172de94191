/**
 * What a test has shown of a kind of station, brought to every site of the tenant until each has it: a test
 * that failed takes credit back, and a site that does not hear of it would go on believing (R0). One that another
 * process runs has it as a row of its inbox, which that one reads before anything that comes after it.
 */
import type { SiteId } from '../../solver/index.js';
import type { Log } from '../platform/ports.js';
import type { Store } from '../store/ports.js';
import { creditOfKind } from './kind-credits.js';
import type { SmartChargingTest } from './smart-charging-test/test-record.js';
import type { SiteEvent } from './state.js';

/** Real time. */
const RETRY_MS = 2000;

export interface CreditSpread {
  /** Precondition: the test has ended, and its row is committed. */
  ended(tenantId: string, test: Pick<SmartChargingTest, 'vendor' | 'model' | 'firmware'>): void;
  /** Tries nothing again; the next start of an engine looks at the rows. */
  stop(): void;
}

export interface CreditSpreadDeps {
  readonly log: Log;
  readonly store: Pick<Store, 'smartChargingTests' | 'sites' | 'inbox'>;
  /** This process has the site, or had it. */
  knows(siteId: SiteId): boolean;
  submit(siteId: SiteId, event: SiteEvent): Promise<void>;
}

export function spreadCredit(deps: CreditSpreadDeps): CreditSpread {
  const { log, store, knows, submit } = deps;
  const retries = new Set<NodeJS.Timeout>();
  let isStopped = false;

  const ended: CreditSpread['ended'] = (tenantId, test) => {
    const { vendor, model, firmware } = test;
    if (vendor === undefined || model === undefined || isStopped) return;
    const kind = { vendor, model, ...(firmware === undefined ? {} : { firmware }) };
    bring(tenantId, kind).catch((error: unknown) => {
      log.warn({ vendor, model, err: String(error) }, 'what a test has shown is not spread yet');
      if (isStopped) return;
      const timer = setTimeout(() => {
        retries.delete(timer);
        ended(tenantId, test);
      }, RETRY_MS);
      retries.add(timer);
    });
  };

  /** A site that has it already is told once more: what is not newer changes nothing. */
  async function bring(tenantId: string, kind: Parameters<typeof creditOfKind>[2]): Promise<void> {
    const card = await creditOfKind(store, tenantId, kind);
    if (card === undefined) return;
    const event = { type: 'capability.recorded', card } as const;
    for (const { id, tenantId: owner } of await store.sites.list()) {
      if (owner !== tenantId) continue;
      if (knows(id)) await submit(id, event);
      else await store.inbox.append(id, [event]);
    }
  }

  return {
    ended,
    stop() {
      isStopped = true;
      for (const timer of retries) clearTimeout(timer);
    },
  };
}
