/** What stations say of their own configuration, as far as they have told. */
import type { StationId } from '../../solver/index.js';
import type { DeviceVariable } from '../ocpp/device-variable.js';
import type { Page } from './ports.js';

export interface StoredVariable extends DeviceVariable {
  readonly updatedAtMs: number;
}

export interface DeviceVariables {
  /** A station that is not provisioned is skipped; secrets and write-only values are left out. */
  keep(stationId: StationId, variables: readonly DeviceVariable[]): Promise<void>;
  /** By their paths. Names are compared without regard to case. */
  list(query: {
    readonly tenantId: string;
    readonly stationId: StationId;
    readonly component?: string;
    readonly variable?: string;
    readonly limit: number;
    readonly after?: string;
  }): Promise<Page<StoredVariable>>;
}
