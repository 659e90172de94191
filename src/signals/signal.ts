/** Outside influence, normalised: every protocol of prices, forecasts and grid orders ends here. */
import type { SignalId, SiteId } from '../../solver/index.js';

/** What the limit binds: all import of the site, or the managed devices alone. */
export type SignalScope = 'total-import' | 'managed-devices';

export type SignalType =
  | 'import-limit'
  /** The sender is there: it has no series, and ends when the next one is overdue. */
  | 'heartbeat'
  | 'export-limit'
  | 'price'
  | 'export-price'
  | 'carbon'
  | 'load-forecast'
  | 'pv-forecast';

export interface SignalPoint {
  readonly atMs: number;
  /** W for limits and forecasts, micro-units per kWh for prices, g/kWh for carbon. */
  readonly value: number;
}

export interface Signal {
  readonly id: SignalId;
  readonly siteId: SiteId;
  readonly tenantId: string;
  readonly type: SignalType;
  readonly scope: SignalScope;
  /** Who sent it; sequences count per issuer and type. */
  readonly issuer: string;
  /** A lower or equal sequence of the same issuer and type never overrides. */
  readonly sequence: number;
  /** Ascending in time; each value holds until the next point or `endsAtMs`. */
  readonly series: readonly SignalPoint[];
  /** Dead-man end: the signal has no effect at or after it. */
  readonly endsAtMs: number;
  readonly receivedAtMs: number;
  /** Of prices, where their sender named it (ISO 4217). */
  readonly currency?: string | undefined;
}
