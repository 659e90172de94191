/** Capability cards of a tenant: what tests have shown of a kind, and which of its stations are of it. */
import { creditNow, isTested } from '../control/initial-state.js';
import { kindKey, kindOf } from '../control/kind.js';
import { unitOf } from '../control/form.js';
import { type CapabilityCard, cardOf, type Kind } from '../control/smart-charging-test/card.js';
import type { StationState } from '../control/state.js';
import type { Site } from '../sites/site.js';
import type { RungOfKind } from '../store/ports.js';
import { orUnavailable } from './api-errors.js';
import type { Principal } from './auth/principal.js';
import type { ApiContext } from './context.js';
import { sitesOf } from './lookup.js';
import { defined } from './render/defined.js';
import { instant } from './render/instant.js';
import type { CardBody } from './schema/smart-charging-test.js';

interface Member {
  readonly site: Site;
  readonly state: StationState;
}

/** Every kind that is there or was ever tested, by its id. */
export async function kindsOf(
  api: ApiContext,
  caller: Principal,
): Promise<readonly (Kind & { readonly id: string })[]> {
  const tested = await orUnavailable(api.store.smartChargingTests.kinds(caller.tenantId));
  const present = membersOf(api, caller).flatMap(({ state }) => kindIn(state) ?? []);
  const all = new Map([...tested, ...present].map((kind) => [kindKey(kind), kind]));
  return [...all.values()].map((kind) => ({ ...kind, id: idOf(kind) }));
}

export async function cardBody(
  api: ApiContext,
  caller: Principal,
  { vendor, model, firmware }: Kind,
): Promise<CardBody> {
  const kind = { vendor, model, ...(firmware === undefined ? {} : { firmware }) };
  const tests = await orUnavailable(api.store.smartChargingTests.ofKind(caller.tenantId, kind));
  const key = kindKey(kind);
  const members = membersOf(api, caller).filter(({ state }) => kindOf(state) === key);
  const rungs = await orUnavailable(
    api.store.smartChargingTests.rungsOfKind(caller.tenantId, kind),
  );
  return render(cardOf(kind, tests), members, rungs);
}

/** Undefined before its first boot. */
export function kindIn({ vendor, model, firmware }: StationState): Kind | undefined {
  if (vendor === undefined || model === undefined) return undefined;
  return { vendor, model, ...(firmware === undefined ? {} : { firmware }) };
}

function membersOf(api: ApiContext, caller: Principal): readonly Member[] {
  return sitesOf(api, caller).flatMap((site) =>
    api.engine.stations(site.id).map((state) => ({ site, state })),
  );
}

function idOf({ vendor, model, firmware = '' }: Kind): string {
  return [vendor, model, firmware].map((it) => encodeURIComponent(it)).join('/');
}

function render(
  card: CapabilityCard,
  members: readonly Member[],
  rungs: readonly RungOfKind[],
): CardBody {
  const { asOfMs, declared = members[0]?.state.capability } = card;
  return defined({
    id: idOf(card),
    vendor: card.vendor,
    model: card.model,
    firmware: card.firmware,
    testCount: card.testCount,
    testedAt: asOfMs === 0 ? undefined : instant(asOfMs),
    declared: declared && {
      units: [...declared.units],
      stackLevelMax: declared.stackLevelMax,
      periodsMax: declared.periodsMax,
      switchesPhases: declared.switchesPhases === true,
      takesPhaseToUse: declared.takesPhaseToUse === true,
    },
    observed: { ...card.observed },
    parts: partsOf(card),
    rungs: rungs.map(({ on, sinceMs, ...rung }) => ({
      ...rung,
      cause: on,
      since: instant(sinceMs),
    })),
    offlineTested: card.offlineTested,
    reactions: card.reactions && { ...card.reactions },
    settleSec: card.settleSec,
    stations: members.map((it) => renderMember(it)),
  });
}

function partsOf({ parts }: CapabilityCard): CardBody['parts'] {
  return Object.fromEntries(
    Object.entries(parts).map(([part, { atMs, ...result }]) => [
      part,
      { ...result, at: instant(atMs) },
    ]),
  );
}

function renderMember({ site, state }: Member): CardBody['stations'][number] {
  const byTests = creditNow(state)?.offlineTested === true;
  const isCredited = isTested(site, state.id, state);
  return {
    stationId: state.id,
    siteId: site.id,
    offlineTested: byTests ? 'tests' : isCredited ? 'by-hand' : 'no',
    unit: unitOf(state),
    stackLevel: state.stackLevel,
    rungs: (state.form?.taken ?? []).map((it) => it.rung),
  };
}
