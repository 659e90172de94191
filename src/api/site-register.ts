/**
 * The newest version of each site that this process knows of. An edit is committed to the inbox
 * before the engine has folded it in; until then it is already the version that the next edit must
 * name. Edits of one site run one after another.
 */
import type { SiteId } from '../../solver/index.js';
import type { Site } from '../sites/site.js';
import type { EngineDoor } from './ports.js';

export interface SiteRegister {
  all(): readonly Site[];
  /** The same, and sites as they will be when what is under way is committed. */
  claimed(): readonly Site[];
  /**
   * Claims the ids of a site and of its stations, which are unique in the installation, while `run` lasts.
   * Precondition: `claimed` was asked in the same turn of the event loop, so that of two who bring the
   * same id only one gets it.
   */
  claiming<T>(site: Site, run: () => Promise<T>): Promise<T>;
  /** Runs `edit` on the newest version, alone; what it returns is the new newest version. */
  edit(siteId: SiteId, edit: (site: Site) => Promise<Site>): Promise<Site | undefined>;
}

export function siteRegister(engine: EngineDoor): SiteRegister {
  const submitted = new Map<SiteId, Site>();
  const running = new Map<SiteId, Promise<unknown>>();
  const claims = new Set<Site>();

  const newest = (site: Site): Site => {
    const own = submitted.get(site.id);
    const folded = engine.state(site.id)?.site ?? site;
    if (own === undefined || folded.version >= own.version) {
      submitted.delete(site.id);
      return folded;
    }
    return own;
  };
  const all = (): readonly Site[] => engine.sites().map(newest);

  return {
    all,
    claimed: () => [...all(), ...claims],
    async claiming(site, run) {
      claims.add(site);
      try {
        return await run();
      } finally {
        claims.delete(site);
      }
    },
    async edit(siteId, edit) {
      const before = running.get(siteId) ?? Promise.resolve();
      const mine = before.then(async () => {
        const site = all().find((each) => each.id === siteId);
        if (site === undefined) return undefined;
        const edited = await edit(site);
        if (edited !== site) submitted.set(siteId, edited);
        return edited;
      });
      running.set(
        siteId,
        mine.catch(() => undefined),
      );
      return mine;
    },
  };
}
