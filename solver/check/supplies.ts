/** Rules of storage, PV, load, prices and settings. */
import type { SeriesAt, SiteProblem, Storage, Violation } from '../problem.js';
import { checkSeries, duplicates, within } from './rules.js';

export function checkSupplies(problem: SiteProblem): Violation[] {
  const circuitIds = new Set<string>(problem.circuits.map((circuit) => circuit.id));
  const { prices, storage } = problem;
  return [
    ...duplicates(
      'storage-id-unique',
      '/storage',
      storage.map(({ id }) => id),
    ),
    ...storage.flatMap((entry, index) => checkStorage(`/storage/${index}`, entry, circuitIds)),
    ...checkSeriesAt('/pv', problem.pv, circuitIds),
    ...checkSeriesAt('/load', problem.load, circuitIds),
    ...(prices === undefined
      ? []
      : [
          ...checkSeries('/prices/importMicrosPerKwh', prices.importMicrosPerKwh),
          ...checkSeries('/prices/exportMicrosPerKwh', prices.exportMicrosPerKwh),
        ]),
  ];
}

export function checkSettings(problem: SiteProblem): Violation[] {
  const { allocator } = problem;
  return [
    ...within('time', '/nowMs', problem.nowMs, {}),
    ...within('voltage', '/voltageLineToNeutralV', problem.voltageLineToNeutralV, { above: 0 }),
    ...within('voltage', '/voltageLineToLineV', problem.voltageLineToLineV, { above: 0 }),
    ...within('allocator-laxity', '/allocator/laxityAssumedSec', allocator.laxityAssumedSec, {}),
    ...within('allocator-step', '/allocator/laxityStepSec', allocator.laxityStepSec, { above: 0 }),
    ...within('allocator-time', '/allocator/onMinSec', allocator.onMinSec, { min: 0 }),
    ...within('allocator-time', '/allocator/offMinSec', allocator.offMinSec, { min: 0 }),
    ...within('allocator-time', '/allocator/offMaxSec', allocator.offMaxSec, { min: 0 }),
  ];
}

function checkStorage(
  field: string,
  storage: Storage,
  circuitIds: ReadonlySet<string>,
): Violation[] {
  const { capacityWh, efficiencyFraction } = storage;
  const content = { min: 0, max: capacityWh };
  return [
    ...knownCircuit(field, storage.circuitId, circuitIds),
    ...within('storage-capacity', `${field}/capacityWh`, capacityWh, { above: 0 }),
    ...within('storage-energy', `${field}/energyWh`, storage.energyWh, content),
    ...within('storage-energy', `${field}/reserveWh`, storage.reserveWh, content),
    ...within('storage-power', `${field}/chargeMaxW`, storage.chargeMaxW, { min: 0 }),
    ...within('storage-power', `${field}/dischargeMaxW`, storage.dischargeMaxW, { min: 0 }),
    ...within('storage-efficiency', `${field}/efficiencyFraction`, efficiencyFraction, {
      above: 0,
      max: 1,
    }),
    ...within('storage-wear', `${field}/wearMicrosPerKwh`, storage.wearMicrosPerKwh, { min: 0 }),
  ];
}

function checkSeriesAt(
  field: string,
  list: readonly SeriesAt[],
  circuitIds: ReadonlySet<string>,
): Violation[] {
  return list.flatMap((entry, index) => [
    ...knownCircuit(`${field}/${index}`, entry.circuitId, circuitIds),
    ...checkSeries(`${field}/${index}/powerW`, entry.powerW),
  ]);
}

function knownCircuit(
  field: string,
  circuitId: string,
  circuitIds: ReadonlySet<string>,
): Violation[] {
  if (circuitIds.has(circuitId)) return [];
  const message = `circuit ${circuitId} does not exist`;
  return [{ rule: 'circuit-known', field: `${field}/circuitId`, message }];
}
