/** The service over HTTP, with the key of whoever calls. Secrets never come by flag. */
import { readFileSync } from 'node:fs';
import { CommandFailure, messageOf } from './output.js';

export interface Api {
  readonly url: string;
  get(path: string): Promise<unknown>;
  post(path: string, body: unknown): Promise<unknown>;
  /** A file as it is. */
  upload(path: string, text: string, contentType: string): Promise<unknown>;
}

export interface ApiOptions {
  readonly url: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

interface Sent {
  readonly type: string;
  readonly text: string;
}

const TIMEOUT_MS = 60_000;

export function createApi({ url, env }: ApiOptions): Api {
  const key = apiKey(env);

  async function call(method: string, path: string, body?: Sent): Promise<unknown> {
    let response: Response;
    try {
      response = await fetch(new URL(path, url), {
        method,
        signal: AbortSignal.timeout(TIMEOUT_MS),
        headers: {
          authorization: `Bearer ${key}`,
          ...(body === undefined ? {} : { 'content-type': body.type }),
        },
        ...(body === undefined ? {} : { body: body.text }),
      });
    } catch (error) {
      throw new CommandFailure(`${url} does not answer: ${messageOf(error)}`);
    }
    const text = await response.text();
    if (!response.ok) throw new CommandFailure(problemInWords(response.status, text));
    return text === '' ? undefined : JSON.parse(text);
  }
  return {
    url,
    get: (path) => call('GET', path),
    post: (path, body) =>
      call('POST', path, { type: 'application/json', text: JSON.stringify(body) }),
    upload: (path, text, type) => call('POST', path, { type, text }),
  };
}

function apiKey(env: ApiOptions['env']): string {
  const { BUSBAR_API_KEY: key, BUSBAR_API_KEY_FILE: file } = env;
  if (key) return key;
  if (!file) {
    throw new CommandFailure('no API key: set BUSBAR_API_KEY, or BUSBAR_API_KEY_FILE to a file');
  }
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new CommandFailure(`BUSBAR_API_KEY_FILE: ${messageOf(error)}`);
  }
}

/** Title, detail and the fields of problem+json. */
function problemInWords(status: number, text: string): string {
  try {
    const problem = JSON.parse(text) as {
      readonly title?: string;
      readonly detail?: string;
      readonly errors?: readonly { readonly pointer: string; readonly detail: string }[];
    };
    const fields = (problem.errors ?? []).map((it) => `\n  ${it.pointer}: ${it.detail}`).join('');
    // The detail is that of the first field where there are any.
    const hasDetail = problem.detail !== undefined && fields === '';
    const detail = hasDetail ? `: ${problem.detail}` : '';
    return `${status} ${problem.title ?? ''}${detail}${fields}`;
  } catch {
    // Not ours: a proxy in between.
    return `${status} ${text.slice(0, 200)}`;
  }
}
