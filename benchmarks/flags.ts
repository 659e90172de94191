/** Flags that benchmarks share. */
import { InvalidArgumentError } from 'commander';
import type { BatterySpec } from './replay/surroundings.js';

export function listOf<T>(one: (text: string) => T): (text: string) => readonly T[] {
  return (text) => text.split(',').map((part) => one(part.trim()));
}

export function phases(text: string): 1 | 3 {
  if (text !== '1' && text !== '3') throw new InvalidArgumentError('1, 3 or 1,3 is wanted.');
  return text === '1' ? 1 : 3;
}

/** `<kWh>:<kW>` of a stationary battery. */
export function battery(text: string): BatterySpec {
  const [capacityKwh, powerKw, ...rest] = text.split(':').map(Number);
  const isSize = (value: number | undefined): value is number => (value ?? 0) > 0;
  if (!isSize(capacityKwh) || !isSize(powerKw) || rest.length > 0) {
    throw new InvalidArgumentError('<kWh>:<kW> is wanted, both above 0, as 200:100.');
  }
  return { capacityWh: 1000 * capacityKwh, powerMaxW: 1000 * powerKw };
}
