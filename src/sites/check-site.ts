/** Is this a site that can be run? Every broken rule is named, with a pointer into the document. */
import { EVSE_NUMBER_MAX } from '../../profiles/index.js';
import type { Violation } from '../../solver/index.js';
import { checkCircuits } from './check-circuits.js';
import { checkDevices } from './check-devices.js';
import { checkFallbacks } from './check-fallbacks.js';
import type { Site, SiteEvse } from './site.js';

/** Answers all violations, in document order of their rule groups; empty: the site is good. */
export function checkSite(site: Site): readonly Violation[] {
  const structure = [
    ...checkPremises(site),
    ...checkCircuits(site),
    ...checkStations(site),
    ...site.evses.flatMap((evse, index) => checkEvse(site, evse, index)),
    ...checkSettings(site),
    ...checkDevices(site),
  ];
  return structure.length > 0 ? structure : checkFallbacks(site);
}

/** Entries of a list that repeat an earlier one. */
export function repeated(ids: readonly string[]): readonly number[] {
  return ids.flatMap((id, index) => (ids.indexOf(id) < index ? [index] : []));
}

function checkPremises(site: Site): Violation[] {
  const found: Violation[] = [];
  if (!isTimeZone(site.timeZone)) {
    const message = `${site.timeZone} is not an IANA time zone, such as Europe/Berlin`;
    found.push({ rule: 'time-zone-unknown', field: '/timeZone', message });
  }
  const ratio = site.voltageLineToLineV / site.voltageLineToNeutralV;
  if (ratio < 1 || ratio > 2.1) {
    found.push({
      rule: 'voltage-implausible',
      field: '/voltageLineToLineV',
      message: `line to line is ${ratio.toFixed(2)} times line to neutral; expected 1 to 2.1`,
    });
  }
  return found;
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

function checkStations(site: Site): Violation[] {
  const ids = site.stations.map((station) => station.id);
  const twice = repeated(ids).map((index) => ({
    rule: 'station-id-repeated',
    field: `/stations/${index}/id`,
    message: `${ids[index]} is listed twice`,
  }));
  const idle = ids.flatMap((id, index) =>
    site.evses.some((evse) => evse.stationId === id)
      ? []
      : [
          {
            rule: 'station-without-evse',
            field: `/stations/${index}`,
            message: `${id} has no EVSE in evses`,
          },
        ],
  );
  return [...twice, ...idle];
}

function checkEvse(site: Site, evse: SiteEvse, index: number): Violation[] {
  const at = `/evses/${index}`;
  const found: Violation[] = [];
  const add = (rule: string, field: string, message: string): void => {
    found.push({ rule, field: `${at}/${field}`, message });
  };
  const expected = `${evse.stationId}:${evse.evseNumber}`;
  if (evse.id !== expected) add('evse-id-form', 'id', `must be ${expected}, not ${evse.id}`);
  if (site.evses.findIndex((other) => other.id === evse.id) < index) {
    add('evse-id-repeated', 'id', `${evse.id} is listed twice`);
  }
  if (!site.stations.some((station) => station.id === evse.stationId)) {
    add('evse-station-unknown', 'stationId', `${evse.stationId} is not in stations`);
  }
  if (!site.circuits.some((circuit) => circuit.id === evse.circuitId)) {
    add('evse-circuit-unknown', 'circuitId', `${evse.circuitId} is not in circuits`);
  }
  if (evse.evseNumber > EVSE_NUMBER_MAX) {
    add('evse-number-too-large', 'evseNumber', `must be within 1..${EVSE_NUMBER_MAX}`);
  }
  if (!evse.channels.some(Boolean)) add('evse-channels-none', 'channels', 'loads no conductor');
  if (evse.switchesPhases === true && evse.rotation === undefined) {
    add('evse-switches-phases', 'switchesPhases', 'needs the rotation: which phase it keeps');
  }
  if (evse.switchesPhases === true && evse.dc !== undefined) {
    add('evse-switches-phases', 'switchesPhases', 'has no meaning for direct current (dc)');
  }
  if (evse.rotation !== undefined && (site.supply === 'delta' || !evse.channels.every(Boolean))) {
    add('evse-rotation', 'rotation', 'has a meaning only where an EVSE is wired to L1, L2 and L3');
  }
  const smallestA = smallestPilotA(evse);
  if (smallestA > evse.currentMaxA) {
    const message = `smallest pilot ${smallestA} A is above the EVSE's ${evse.currentMaxA} A`;
    add('pilot-over-maximum', 'pilots', message);
  }
  if (evse.pilots.kind === 'set' && !isAscending(evse.pilots.valuesA)) {
    add('pilots-unsorted', 'pilots/valuesA', 'must be strictly ascending, without 0');
  }
  return found;
}

export function smallestPilotA(evse: SiteEvse): number {
  return evse.pilots.kind === 'set' ? (evse.pilots.valuesA[0] ?? Infinity) : evse.pilots.minA;
}

function isAscending(values: readonly number[]): boolean {
  return values.every((value, i) => value > (values[i - 1] ?? 0));
}

function checkSettings({ settings }: Site): Violation[] {
  const found: Violation[] = [];
  const overheadSec = settings.skewSec + settings.settleSec;
  for (const name of ['leaseSec', 'leaseMeteredSec'] as const) {
    if (settings[name] > overheadSec) continue;
    found.push({
      rule: 'lease-too-short',
      field: `/settings/${name}`,
      message: `${settings[name]} s must be above skewSec + settleSec = ${overheadSec} s`,
    });
  }
  if (settings.leaseMeteredSec > settings.leaseSec) {
    found.push({
      rule: 'lease-order',
      field: '/settings/leaseMeteredSec',
      message: `${settings.leaseMeteredSec} s must be at most leaseSec = ${settings.leaseSec} s`,
    });
  }
  return found;
}
