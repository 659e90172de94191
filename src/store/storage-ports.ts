/** Batteries of a site: where their set-points go, and what they said last. */
import type { SiteId } from '../../solver/index.js';

export interface StorageReport {
  readonly storageId: string;
  /** When it was measured. */
  readonly atMs: number;
  /** Stored and usable. */
  readonly energyWh: number;
  /** Positive charges it. */
  readonly powerW: number;
}

export interface StorageLink {
  readonly storageId: string;
  readonly url: string;
  readonly secret: Buffer;
}

interface Owner {
  readonly siteId: SiteId;
  readonly tenantId: string;
}

export interface StorageRows {
  /** The newest counts: an older one than is known changes nothing. */
  report(owner: Owner, report: StorageReport): Promise<void>;
  reports(siteId: SiteId): Promise<readonly StorageReport[]>;
  /** Creates or replaces it. */
  link(owner: Owner, link: StorageLink, actor: string): Promise<void>;
  links(siteId: SiteId): Promise<readonly StorageLink[]>;
  /** False: there was none. */
  unlink(siteId: SiteId, storageId: string): Promise<boolean>;
}
