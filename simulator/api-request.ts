/** Requests of the virtual site to the API of the CPMS. */

export interface ApiAccess {
  readonly apiUrl: string;
  readonly apiKey: string;
  readonly fetch: typeof fetch;
}

const REQUEST_TIMEOUT_MS = 10_000;

/** Sends one request with the API key; rejects when there is no answer in time. */
export async function request(
  options: ApiAccess,
  path: string,
  init: { readonly method: string; readonly body?: string },
): Promise<Response> {
  return await options.fetch(`${options.apiUrl}${path}`, {
    ...init,
    headers: {
      authorization: `Bearer ${options.apiKey}`,
      ...(init.body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
  });
}
