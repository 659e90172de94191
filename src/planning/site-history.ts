/** What a site measured of its building and its PV, as the forecasts read it. */
import type { Site } from '../sites/site.js';
import type { PowerHistory } from '../store/power-ports.js';
import type { PowerPoint } from './forecast.js';

/** Four weeks: each hour of the week four times. */
export const HISTORY_MS = 28 * 24 * 3_600_000;

export interface SiteHistory {
  /** Net of PV that no meter measures apart. */
  readonly load: readonly PowerPoint[];
  readonly pv: readonly PowerPoint[];
}

export async function readSiteHistory(
  store: { readonly powerHistory: Pick<PowerHistory, 'read'> },
  site: Site,
  nowMs: number,
): Promise<SiteHistory> {
  const query = { siteId: site.id, sinceMs: nowMs - HISTORY_MS };
  const load = await store.powerHistory.read({ ...query, kind: 'load' });
  const pv = await store.powerHistory.read({ ...query, kind: 'pv' });
  const root = site.circuits.find((it) => it.parentId === undefined)?.id;
  const atRoot = load.filter((it) => it.circuitId === root);
  return {
    // A circuit's load includes all below it.
    load: atRoot.length > 0 ? atRoot.map(pointOf) : summed(load),
    pv: summed(pv),
  };
}

type Row = Awaited<ReturnType<PowerHistory['read']>>[number];

const pointOf = ({ atMs, powerW }: Row): PowerPoint => ({ atMs, powerW });

function summed(rows: readonly Row[]): readonly PowerPoint[] {
  const sums = new Map<number, number>();
  for (const { atMs, powerW } of rows) sums.set(atMs, (sums.get(atMs) ?? 0) + powerW);
  return [...sums].map(([atMs, powerW]) => ({ atMs, powerW })).toSorted((a, b) => a.atMs - b.atMs);
}

/** One measured current a conductor as power, W: positive into the site. */
export function powerOf(
  site: Pick<Site, 'supply' | 'voltageLineToNeutralV' | 'voltageLineToLineV'>,
  currentA: readonly number[],
): number {
  const sumA = currentA.reduce((sum, it) => sum + it, 0);
  // Lines of a delta carry sqrt 3 of what its branches do, each.
  return site.supply === 'wye'
    ? sumA * site.voltageLineToNeutralV
    : (sumA * site.voltageLineToLineV) / Math.sqrt(3);
}

/** Of what a sample is, by the meter that it names; without one the circuit's uncontrolled load. */
export function kindOfReading(site: Site, meterId: string | undefined): 'load' | 'pv' | 'import' {
  const kind = site.meters?.find((it) => it.id === meterId)?.kind;
  if (kind === 'generation') return 'pv';
  return kind === 'grid' ? 'import' : 'load';
}
