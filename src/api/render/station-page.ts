import type { StationId } from '../../../solver/index.js';
import { isTested } from '../../control/initial-state.js';
import { fallbackCarrierOf, leaseCarrierOf, unitOf } from '../../control/form.js';
import type { SiteState, StationState } from '../../control/state.js';
import { closeInWords } from '../../operations/close-words.js';
import { errorInWords } from '../../operations/error-codes.js';
import type { StationReport } from '../../operations/station-report.js';
import type { Site, SiteEvse } from '../../sites/site.js';
import type { Fault } from '../../store/operations/fault-ports.js';
import type { CardBody } from '../schema/smart-charging-test.js';
import type { StationBody } from '../schema/station.js';
import type { StationEvseBody, StationPageBody } from '../schema/station-page.js';
import { defined } from './defined.js';
import { renderFault } from './fault.js';
import { instant } from './instant.js';

export interface StationPageParts {
  readonly site: Site;
  readonly stationId: StationId;
  readonly station: StationBody;
  readonly state: SiteState | undefined;
  readonly report: StationReport;
  readonly faults: readonly Fault[];
  readonly card: CardBody | undefined;
}

const OUTAGES_MAX = 100;
const PHASES = { wye: ['L1', 'L2', 'L3'], delta: ['AB', 'BC', 'CA'] } as const;

export function renderStationPage(parts: StationPageParts): StationPageBody {
  const { site, stationId, station, state, report, faults } = parts;
  const known = state?.stations.get(stationId);
  const { capability } = known ?? {};
  const { attempted, succeeded, connections, fromMs, toMs } = report;
  const last = connections.at(-1);
  const lastMessageAtMs = Math.max(
    known?.lastMessageAtMs ?? 0,
    ...connections.map((it) => it.lastMessageAtMs ?? 0),
  );
  return defined({
    station,
    lastMessageAgeSec: lastMessageAtMs === 0 ? undefined : (toMs - lastMessageAtMs) / 1000,
    capability:
      capability === undefined ? undefined : { ...capability, units: [...capability.units] },
    form: known === undefined ? undefined : formOf(known),
    card: parts.card,
    evses: site.evses.filter((it) => it.stationId === stationId).map((it) => renderEvse(parts, it)),
    period: { from: instant(fromMs), to: instant(toMs) },
    sessions: defined({
      attempted,
      succeeded,
      successFraction: attempted === 0 ? undefined : succeeded / attempted,
    }),
    connections: {
      isConnected: last !== undefined && last.closedAtMs === undefined,
      opened: connections.filter((it) => it.openedAtMs >= fromMs).length,
      openedLastHour: report.openedLastHour,
      ...defined({ remoteAddress: last?.remoteAddress, lastCloseReason: lastEnd(connections) }),
    },
    faults: faults.map(renderFault),
  });
}

/** How it is told its limits, as found out so far. */
function formOf(station: StationState): StationPageBody['form'] {
  return {
    unit: unitOf(station),
    stackLevel: station.stackLevel,
    fallbackPurpose: fallbackCarrierOf(station),
    leasePurpose: leaseCarrierOf(station, undefined),
    rungs: (station.form?.taken ?? []).map(({ rung, observed, sinceMs }) => ({
      rung,
      observed,
      since: instant(sinceMs),
    })),
  };
}

function lastEnd(connections: StationReport['connections']): string | undefined {
  const ended = connections.filter((it) => it.closedAtMs !== undefined).at(-1);
  return ended === undefined ? undefined : closeInWords(ended.closeCode, ended.closeReason);
}

function renderEvse({ site, state, report }: StationPageParts, evse: SiteEvse): StationEvseBody {
  const known = state?.evses.get(evse.id);
  const names = PHASES[site.supply === 'wye' ? 'wye' : 'delta'];
  const errorCode = known?.errorCode;
  const own = report.ports.find((it) => it.evseNumber === evse.evseNumber)?.uptime;
  return {
    id: evse.id,
    evseNumber: evse.evseNumber,
    circuitId: evse.circuitId,
    phases: names.filter((_, channel) => evse.channels[channel] === true),
    currentMaxA: evse.currentMaxA,
    ...trustOf(site, state, evse),
    ...defined({
      status: known?.status,
      errorCode,
      testNumber: known?.test?.number,
      errorInWords: errorCode === undefined ? undefined : errorInWords(errorCode),
      fallbackA: known?.ledger.fallbackIdleA,
      uptimeFraction: own?.uptimeFraction,
      uptimeFrom: own === undefined ? undefined : instant(own.fromMs),
      outageSec: own === undefined ? undefined : own.outageMs / 1000,
      excludedSec: own === undefined ? undefined : own.excludedMs / 1000,
      outages: own?.outages.slice(-OUTAGES_MAX).map(({ fromMs, toMs, cause }) => ({
        from: instant(fromMs),
        to: instant(toMs),
        cause,
      })),
    }),
  };
}

function trustOf(
  site: Site,
  state: SiteState | undefined,
  evse: SiteEvse,
): Pick<StationEvseBody, 'trust' | 'trustReason'> {
  if (state?.evses.get(evse.id)?.ledger.distrusted === true) {
    const trustReason =
      'it drew more than it was granted: reserved at its hardware maximum until it passes a smart-charging test';
    return { trust: 'distrusted', trustReason };
  }
  if (isTested(site, evse.stationId, state?.stations.get(evse.stationId))) {
    return { trust: 'tested', trustReason: 'its model passed the offline tests' };
  }
  const isRecorded = site.stations.find((it) => it.id === evse.stationId)?.offlineTested === true;
  const why = isRecorded
    ? 'another firmware or model than the one that was tested offline'
    : 'not tested offline';
  return { trust: 'unknown', trustReason: `${why}: reserved at its hardware maximum` };
}
