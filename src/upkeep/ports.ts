/** What upkeep needs of the rest of the service. */
import type { StationId } from '../../solver/index.js';
import type { EngineDoor } from '../api/ports.js';
import type { StationState } from '../control/state.js';
import type { Clock, Log } from '../platform/ports.js';
import type { Site } from '../sites/site.js';
import type { Store } from '../store/ports.js';
import type { FileShelf } from './transfer/file-shelf.js';

export interface UpkeepSettings {
  /** Who signs what stations want signed: our own authority, an operator, or nobody. */
  readonly certificateSigning: 'installation' | 'operator' | 'off';
  /** O of the subject of a station's certificate; absent: not checked. */
  readonly certificateOrganisation?: string;
  /** Files of stations and their requests are kept this long. */
  readonly fileRetentionDays: number;
  /** Real pause between two looks at what is due. */
  readonly lookEveryMs: number;
}

export interface UpkeepDeps {
  readonly engine: Pick<EngineDoor, 'sites' | 'state' | 'stations' | 'command'>;
  readonly store: Pick<Store, 'deviceVariables' | 'tokens' | 'upkeep'>;
  readonly clock: Clock;
  readonly log: Log;
  /** Real wall clock, epoch ms: links and certificates live in real time. */
  realNowMs(): number;
  readonly files: FileShelf;
  /** Where stations reach the API, without a slash at its end. Known once it listens. */
  publicUrl(): string;
  readonly settings: UpkeepSettings;
}

/** A station with the site that it stands on. */
export interface StationAt {
  readonly site: Site;
  readonly stationId: StationId;
  /** Absent: it has never been seen. */
  readonly state?: StationState;
}

/** Undefined: no site has it. */
export function stationAt(
  { engine }: Pick<UpkeepDeps, 'engine'>,
  stationId: StationId,
): StationAt | undefined {
  const site = engine.sites().find((it) => it.stations.some((each) => each.id === stationId));
  if (site === undefined) return undefined;
  const state = engine.stations(site.id).find((it) => it.id === stationId);
  return { site, stationId, ...(state === undefined ? {} : { state }) };
}
