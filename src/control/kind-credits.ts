/**
 * What tests have shown of a kind of station, brought to the engines of all sites of its tenant: after a
 * test has ended, when a station says what it is, and when an engine starts. The rows are the truth; a
 * credit that is not brought is missing, never wrong.
 */
import type { StationEvent } from '../ocpp/messages.js';
import type { Store } from '../store/ports.js';
import { type KindCredit, kindKey } from './kind.js';
import { cardOf, creditOf, type Kind } from './smart-charging-test/card.js';
import type { SiteEvent, SiteState, StationState } from './state.js';

type Recorded = Extract<SiteEvent, { type: 'capability.recorded' }>;

/** Undefined: nothing of this kind was ever tested. */
export async function creditOfKind(
  store: Pick<Store, 'smartChargingTests'>,
  tenantId: string,
  kind: Kind,
): Promise<KindCredit | undefined> {
  const tests = await store.smartChargingTests.ofKind(tenantId, kind);
  return tests.length === 0 ? undefined : creditOf(cardOf(kind, tests));
}

/** What has to be folded in behind these events. */
export async function recallCredits(
  store: Pick<Store, 'smartChargingTests'>,
  tenantId: string,
  events: readonly StationEvent[],
): Promise<readonly Recorded[]> {
  const kinds = events.flatMap((it) => (it.type === 'station.booted' ? [kindIn(it)] : []));
  return recorded(store, tenantId, kinds);
}

/** For every station of a site whose credit is not what the rows say. */
export async function missingCredits(
  store: Pick<Store, 'smartChargingTests'>,
  { site, stations }: Pick<SiteState, 'site' | 'stations'>,
): Promise<readonly Recorded[]> {
  const kinds = [...stations.values()].flatMap((it) => kindOfStation(it) ?? []);
  return recorded(store, site.tenantId, kinds);
}

async function recorded(
  store: Pick<Store, 'smartChargingTests'>,
  tenantId: string,
  kinds: readonly Kind[],
): Promise<readonly Recorded[]> {
  const distinct = new Map(kinds.map((kind) => [kindKey(kind), kind]));
  const found: Recorded[] = [];
  for (const kind of distinct.values()) {
    const card = await creditOfKind(store, tenantId, kind);
    if (card !== undefined) found.push({ type: 'capability.recorded', card });
  }
  return found;
}

function kindOfStation({ vendor, model, firmware }: StationState): Kind | undefined {
  if (vendor === undefined || model === undefined) return undefined;
  return kindIn({ vendor, model, firmware });
}

function kindIn(named: {
  readonly vendor: string;
  readonly model: string;
  readonly firmware?: string | undefined;
}): Kind {
  const { vendor, model, firmware } = named;
  return { vendor, model, ...(firmware === undefined ? {} : { firmware }) };
}
