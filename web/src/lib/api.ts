/** Calls to our own API, with the cookie of the browser session. */
import type { Decision, LimitEffect, LiveSite, Problem, Site } from './wire';

export class ApiError extends Error {
  readonly status: number;
  readonly problem: Problem | undefined;

  constructor(status: number, problem: Problem | undefined) {
    super(problem?.detail ?? (status === 0 ? 'The server does not answer.' : `Status ${status}`));
    this.status = status;
    this.problem = problem;
  }
}

async function call<T>(path: string, init: RequestInit = {}): Promise<T> {
  let response: Response;
  try {
    response = await fetch(path, { ...init, credentials: 'same-origin' });
  } catch {
    throw new ApiError(0, undefined);
  }
  const body: unknown = await response.json().catch(() => undefined);
  if (!response.ok) throw new ApiError(response.status, body as Problem | undefined);
  return body as T;
}

export const listSites = async (): Promise<readonly Site[]> =>
  (await call<{ items: Site[] }>('/v1/sites')).items;

export const readLive = (siteId: string): Promise<LiveSite> =>
  call(`/v1/sites/${encodeURIComponent(siteId)}/live`);

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
      headers: { 'content-type': 'application/json', 'if-match': `"${change.version}"` },
      body: JSON.stringify({ importLimitW: { from: change.fromW, to: change.toW } }),
    },
  );
  return answer.effect;
}
