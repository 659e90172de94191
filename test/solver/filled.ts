/** Filling with columns in the problem's order, as tests write them. */
import { type CompiledSite, fillByLevel } from '../../solver/index.js';
import type { Rising } from './slow-filling.js';

export interface Filled {
  readonly currentA: number[];
  readonly frozenBy: number[];
}

export function filled(site: CompiledSite, rising: Rising): Filled {
  const byPlace = (column: readonly number[]): Float64Array =>
    Float64Array.from(site.evseAt, (index) => column[index] ?? Number.NaN);
  const count = site.evseAt.length;
  const filling = { currentA: new Float64Array(count), frozenBy: new Int32Array(count) };
  const { slope, zeroSec, lowA, highA, reservedA } = rising;
  const levels = {
    slope: byPlace(slope),
    zeroSec: byPlace(zeroSec),
    lowA: byPlace(lowA),
    highA: byPlace(highA),
    reservedA: byPlace(reservedA),
  };
  fillByLevel(site, levels, filling);
  return {
    currentA: byIndex(site, filling.currentA),
    frozenBy: byIndex(site, filling.frozenBy),
  };
}

/** A column of a compiled site in the problem's order. */
export function byIndex({ evseAt }: CompiledSite, column: ArrayLike<number>): number[] {
  const found: number[] = [];
  for (const [place, index] of evseAt.entries()) found[index] = column[place] ?? Number.NaN;
  return found;
}
