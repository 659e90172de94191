/** Vendor, model and firmware: what the offline tests speak for (SAFETY R0). */
import type { StationState } from './state.js';

interface Named {
  readonly vendor: string;
  readonly model: string | undefined;
  readonly firmware?: string | undefined;
}

/** One text for the three. */
export function kindKey({ vendor, model, firmware }: Named): string {
  return JSON.stringify([vendor, model, firmware]);
}

/** Undefined before the first boot. */
export function kindOf({ vendor, model, firmware }: StationState): string | undefined {
  return vendor === undefined ? undefined : kindKey({ vendor, model, firmware });
}
