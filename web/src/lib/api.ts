/** Calls to our own API, with the cookie of the browser session. */
import type {
  Decision,
  InvitedPerson,
  LimitEffect,
  LiveSite,
  Me,
  Problem,
  Site,
  SiteCeiling,
  StationOverview,
  StationTest,
  TestPart,
} from './wire';

export class ApiError extends Error {
  readonly status: number;
  readonly problem: Problem | undefined;

  constructor(status: number, problem: Problem | undefined) {
    super(problem?.detail ?? (status === 0 ? 'The server does not answer.' : `Status ${status}`));
    this.status = status;
    this.problem = problem;
  }
}

/** What other sites' pages cannot send: the API wants it with each write. */
const CSRF = { 'x-busbar-csrf': '1' };
const JSON_TYPE = { 'content-type': 'application/json' };

const call = async <T>(path: string, init: RequestInit = {}): Promise<T> =>
  (await callTagged<T>(path, init)).body;

/** With the ETag that a change of it has to name. */
async function callTagged<T>(
  path: string,
  init: RequestInit = {},
): Promise<{ readonly body: T; readonly etag: string }> {
  let response: Response;
  try {
    const headers = { ...init.headers, ...(init.method === undefined ? {} : CSRF) };
    response = await fetch(path, { ...init, headers, credentials: 'same-origin' });
  } catch {
    throw new ApiError(0, undefined);
  }
  const body: unknown = await response.json().catch(() => undefined);
  if (!response.ok) throw new ApiError(response.status, body as Problem | undefined);
  return { body: body as T, etag: response.headers.get('etag') ?? '' };
}

export const listSites = async (): Promise<readonly Site[]> =>
  (await call<{ items: Site[] }>('/v1/sites?limit=500')).items;

export const readLive = (siteId: string): Promise<LiveSite> =>
  call(`/v1/sites/${encodeURIComponent(siteId)}/live`);

/** What the site may draw at worst over the next `horizonSec`; the total and each EVSE alone. */
export const readCeiling = (siteId: string, horizonSec: number): Promise<SiteCeiling> =>
  call(`/v1/sites/${encodeURIComponent(siteId)}/ceiling?detail=total&horizonSec=${horizonSec}`);

export const streamPath = (siteId: string): string =>
  `/v1/sites/${encodeURIComponent(siteId)}/stream`;

export const readDecisions = async (evseId: string, limit: number): Promise<readonly Decision[]> =>
  (
    await call<{ items: Decision[] }>(
      `/v1/evses/${encodeURIComponent(evseId)}/decisions?limit=${limit}`,
    )
  ).items;

export interface LimitChange {
  readonly siteId: string;
  readonly version: number;
  readonly fromW: number | null;
  readonly toW: number | null;
}

/** Shows what the change would do, or does it. */
export async function changeLimit(
  change: LimitChange,
  mode: 'dry-run' | 'apply',
): Promise<LimitEffect> {
  const query = mode === 'dry-run' ? '?dryRun=true' : '';
  const answer = await call<{ effect: LimitEffect }>(
    `/v1/sites/${encodeURIComponent(change.siteId)}${query}`,
    {
      method: 'PATCH',
      headers: { ...JSON_TYPE, 'if-match': `"${change.version}"` },
      body: JSON.stringify({ importLimitW: { from: change.fromW, to: change.toW } }),
    },
  );
  return answer.effect;
}

/** How many stations without offline tests may fail at the same time; null: all of them. */
export async function changeUntestedFailures(
  siteId: string,
  untestedFailures: number | null,
): Promise<void> {
  const path = `/v1/sites/${encodeURIComponent(siteId)}/settings`;
  const { etag } = await callTagged(path);
  await call(path, {
    method: 'PATCH',
    headers: { ...JSON_TYPE, 'if-match': etag },
    body: JSON.stringify({ untestedFailures }),
  });
}

const post = <T>(path: string, body?: object): Promise<T> =>
  call(path, {
    method: 'POST',
    ...(body === undefined ? {} : { headers: JSON_TYPE, body: JSON.stringify(body) }),
  });

export const readMe = (): Promise<Me> => call('/v1/me');

export const signIn = (email: string, password: string): Promise<unknown> =>
  post('/v1/login', { email, password });

export const signOut = (): Promise<unknown> => post('/v1/logout');

export const checkInvitation = (code: string): Promise<InvitedPerson> =>
  post('/v1/invitations/check', { code });

export const acceptInvitation = (code: string, password: string): Promise<unknown> =>
  post('/v1/invitations/accept', { code, password });

const stationPath = (stationId: string): string =>
  `/v1/charging-stations/${encodeURIComponent(stationId)}`;

export const readStation = (stationId: string): Promise<StationOverview> =>
  call(`${stationPath(stationId)}/overview`);

/** Undefined: it was never tested. */
export const readNewestTest = async (stationId: string): Promise<StationTest | undefined> =>
  (await call<{ items: StationTest[] }>(`${stationPath(stationId)}/smart-charging-tests?limit=1`))
    .items[0];

export const startTest = (
  stationId: string,
  body: { readonly evseId: string; readonly parts: readonly TestPart[] },
): Promise<StationTest> => post(`${stationPath(stationId)}/smart-charging-test`, body);

export const cancelTest = (stationId: string, number: number): Promise<StationTest> =>
  post(`${stationPath(stationId)}/smart-charging-tests/${number}/cancel`);
