/** What rectifiers take beside what they give, by the tests' own arithmetic. */
import type { Site } from '../../src/sites/site.js';
import type { SiteNode, Sums } from './site-load.js';

/** The supply stays within so much of its nominal voltage. */
const VOLTAGE_FRACTION = 0.1;

/** Below a circuit, A per channel at the lowest voltage. */
export function standbySums(site: Site, { below }: SiteNode): Sums {
  const nominalV = site.supply === 'wye' ? site.voltageLineToNeutralV : site.voltageLineToLineV;
  const sums: Sums = [0, 0, 0];
  for (const index of below) {
    const { dc, channels = [] } = site.evses[index] ?? {};
    const wired = channels.filter(Boolean).length;
    const currentA = (dc?.standbyW ?? 0) / (wired * nominalV * (1 - VOLTAGE_FRACTION));
    channels.forEach((isUsed, at) => {
      if (isUsed) sums[at as 0 | 1 | 2] += currentA;
    });
  }
  return sums;
}
