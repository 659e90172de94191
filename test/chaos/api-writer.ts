/** Writes through the API all the time, tries again what failed, and remembers what was confirmed. */
import { setTimeout as sleep } from 'node:timers/promises';

const PAUSE_MS = 100;
const ANSWER_MS = 5000;
const PAGE = 200;

export interface ApiWriter {
  /** Tokens whose storing was answered with 2xx. */
  readonly confirmed: ReadonlySet<string>;
  stop(): Promise<void>;
  /** What was confirmed and is not there, or is there twice. */
  check(): Promise<{ readonly missing: readonly string[]; readonly duplicated: readonly string[] }>;
}

/** `apiUrl` stays the same over restarts of the service. */
export function startApiWriter(access: {
  readonly apiUrl: string;
  readonly apiKey: string;
}): ApiWriter {
  const confirmed = new Set<string>();
  let isStopped = false;
  let count = 0;

  const writing = (async () => {
    while (!isStopped) {
      count += 1;
      const idToken = `CHAOS${String(count).padStart(6, '0')}`;
      while (!isStopped && !(await put(access, idToken))) await sleep(PAUSE_MS);
      if (!isStopped) confirmed.add(idToken);
      await sleep(PAUSE_MS);
    }
  })();

  return {
    confirmed,
    async stop() {
      isStopped = true;
      await writing;
    },
    async check() {
      const stored = await allTokens(access);
      return {
        missing: [...confirmed].filter((it) => !stored.includes(it)),
        duplicated: stored.filter((it, index) => stored.indexOf(it) !== index),
      };
    },
  };
}

type Access = Parameters<typeof startApiWriter>[0];

/** False: refused, or no answer that can be believed. */
async function put(access: Access, idToken: string): Promise<boolean> {
  try {
    const response = await fetch(`${access.apiUrl}/v1/tokens/${idToken}`, {
      method: 'PUT',
      headers: { ...authorization(access), 'content-type': 'application/json' },
      body: JSON.stringify({ status: 'Accepted' }),
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}

async function allTokens(access: Access): Promise<readonly string[]> {
  const tokens: string[] = [];
  for (let after: string | undefined; ; ) {
    const query = after === undefined ? '' : `&after=${encodeURIComponent(after)}`;
    const response = await fetch(`${access.apiUrl}/v1/tokens?limit=${PAGE}${query}`, {
      headers: authorization(access),
    });
    if (!response.ok) throw new Error(`GET /v1/tokens: ${response.status}`);
    const page = (await response.json()) as {
      readonly items: readonly { readonly idToken: string }[];
      readonly next?: string;
    };
    tokens.push(...page.items.map(({ idToken }) => idToken));
    if (page.next === undefined) return tokens;
    after = page.next;
  }
}

const authorization = ({ apiKey }: Access) => ({ authorization: `Bearer ${apiKey}` });
