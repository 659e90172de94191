/** One site, live: the newest picture, its history and how fresh it is. */
import { ApiError, listSites, readLive, readMe, signOut, streamPath } from './api';
import { type Moment, withPicture } from './history';
import type { LiveSite, Me, Site } from './wire';

/**
 * - `loading`   nothing is known yet
 * - `live`      pictures arrive
 * - `lost`      the stream is broken; the last picture stays, marked with its age
 * - `signed-out`, `no-site`, `failed`  there is nothing to show, and why
 */
export type Status = 'loading' | 'live' | 'lost' | 'signed-out' | 'no-site' | 'failed';

const RETRY_MS = 2000;
const AGE_TICK_MS = 1000;
const SITE_KEY = 'busbar.site';

export function createLive() {
  let status = $state<Status>('loading');
  let trouble = $state('');
  let sites = $state.raw<readonly Site[]>([]);
  let siteId = $state<string>();
  let me = $state.raw<Me>();
  let picture = $state.raw<LiveSite>();
  let history = $state.raw<readonly Moment[]>([]);
  let receivedAtMs = 0;
  let ageSec = $state(0);
  let source: EventSource | undefined;
  let retry: ReturnType<typeof setTimeout> | undefined;

  function take(next: LiveSite): void {
    picture = next;
    history = withPicture(history, next);
    receivedAtMs = Date.now();
    ageSec = 0;
    status = 'live';
  }

  function fail(error: unknown): void {
    const code = error instanceof ApiError ? error.status : 0;
    trouble = error instanceof Error ? error.message : String(error);
    clearTimeout(retry);
    if (code === 401) return leave();
    status = picture === undefined ? 'failed' : 'lost';
    retry = setTimeout(start, RETRY_MS);
  }

  /** Nothing of the site stays on the page of who is not signed in. */
  function leave(): void {
    source?.close();
    clearTimeout(retry);
    me = undefined;
    picture = undefined;
    sites = [];
    history = [];
    receivedAtMs = 0;
    status = 'signed-out';
  }

  async function goOut(): Promise<void> {
    try {
      await signOut();
      leave();
    } catch (error) {
      fail(error);
    }
  }

  function open(id: string): void {
    source?.close();
    source = new EventSource(streamPath(id));
    source.addEventListener('live', (event: MessageEvent<string>) => {
      take(JSON.parse(event.data) as LiveSite);
    });
    source.addEventListener('error', () => {
      if (source?.readyState !== EventSource.CLOSED) {
        if (picture !== undefined) status = 'lost';
        return;
      }
      readLive(id).then(take, fail);
      clearTimeout(retry);
      retry = setTimeout(start, RETRY_MS);
    });
  }

  async function start(): Promise<void> {
    try {
      me ??= await readMe();
      sites = await listSites();
      const wanted = siteId ?? localStorage.getItem(SITE_KEY);
      const site = sites.find((each) => each.id === wanted) ?? sites[0];
      siteId = site?.id;
      if (site === undefined) {
        status = 'no-site';
        retry = setTimeout(start, RETRY_MS);
      } else open(site.id);
    } catch (error) {
      fail(error);
    }
  }

  function choose(id: string): void {
    localStorage.setItem(SITE_KEY, id);
    clearTimeout(retry);
    siteId = id;
    picture = undefined;
    history = [];
    status = 'loading';
    open(id);
  }

  $effect(() => {
    void start();
    const tick = setInterval(() => {
      if (receivedAtMs > 0) ageSec = Math.floor((Date.now() - receivedAtMs) / 1000);
    }, AGE_TICK_MS);
    return () => {
      clearInterval(tick);
      clearTimeout(retry);
      source?.close();
    };
  });

  return {
    choose,
    signOut: goOut,
    signedIn(): void {
      status = 'loading';
      void start();
    },
    get me() {
      return me;
    },
    get status() {
      return status;
    },
    get trouble() {
      return trouble;
    },
    get sites() {
      return sites;
    },
    get siteId() {
      return siteId;
    },
    get picture() {
      return picture;
    },
    get history() {
      return history;
    },
    get ageSec() {
      return ageSec;
    },
  };
}
