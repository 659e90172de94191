/**
 * Asks stations through the API as an operator does, one mark after the other, and tries again what got
 * no verdict under the same `Idempotency-Key`. Each mark may be one row and reach its station once.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { RecordingStation } from '../support/recording-station.js';

const PAUSE_MS = 150;
const ANSWER_MS = 5000;
const PAGE = 200;
/** A key that a killed service left open stays open for a day: nobody may know what became of it. */
const REFUSED_MAX = 3;
const MARK = /CHAOS-\d{6}/g;

export interface CommandWriter {
  /** Marks whose row was confirmed with 2xx. */
  readonly confirmed: ReadonlySet<string>;
  stop(): Promise<void>;
  /** What was confirmed and has no row, and what has two rows or reached a station twice. */
  check(): Promise<{ readonly missing: readonly string[]; readonly duplicated: readonly string[] }>;
}

interface Access {
  readonly apiUrl: string;
  readonly apiKey: string;
}

/** `apiUrl` stays the same over restarts of the service. */
export function startCommandWriter(
  access: Access,
  stations: readonly RecordingStation[],
): CommandWriter {
  const confirmed = new Set<string>();
  let isStopped = false;

  const writing = (async () => {
    for (let count = 0; !isStopped; count += 1) {
      const station = stations[count % stations.length];
      if (station === undefined) return;
      const mark = `CHAOS-${String(count).padStart(6, '0')}`;
      if (await insist({ access, station, mark }, () => isStopped)) confirmed.add(mark);
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
      const rows = counted(await allRows(access, stations));
      const reached = counted(stations.flatMap(({ callTexts }) => callTexts));
      const twice = (counts: ReadonlyMap<string, number>, what: string): readonly string[] =>
        [...counts].flatMap(([mark, count]) => (count > 1 ? [`${mark}: ${count} ${what}`] : []));
      return {
        missing: [...confirmed].filter((mark) => !rows.has(mark)).map((it) => `command ${it}`),
        duplicated: [...twice(rows, 'rows'), ...twice(reached, 'calls')],
      };
    },
  };
}

interface Ask {
  readonly access: Access;
  readonly station: RecordingStation;
  readonly mark: string;
}

/** Until there is a verdict; true where the row was confirmed. */
async function insist(ask: Ask, isStopped: () => boolean): Promise<boolean> {
  for (let refusedCount = 0; !isStopped() && refusedCount < REFUSED_MAX; ) {
    const status = await post(ask);
    if (status === 200 || status === 202) return true;
    // It may have left, and is not sent again under this key.
    if (status === 502 || status === 504) return false;
    // Refused, or its key is still open.
    if (status === 409) refusedCount += 1;
    await sleep(PAUSE_MS);
  }
  return false;
}

/** Undefined: no answer. Asks for what no station has, so that it changes nothing. */
async function post({ access, station, mark }: Ask): Promise<number | undefined> {
  const body = station.is16
    ? { action: 'GetConfiguration', payload: { key: [mark] } }
    : {
        action: 'GetVariables',
        payload: { getVariableData: [{ component: { name: mark }, variable: { name: mark } }] },
      };
  try {
    const response = await fetch(
      `${access.apiUrl}/v1/charging-stations/${encodeURIComponent(station.id)}/commands`,
      {
        method: 'POST',
        headers: {
          ...authorization(access),
          'content-type': 'application/json',
          'idempotency-key': mark,
          prefer: 'respond-async',
        },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(ANSWER_MS),
      },
    );
    await response.arrayBuffer();
    return response.status;
  } catch {
    return undefined;
  }
}

/** What was refused has a row of its own for each time that it was asked for. */
const isLetOut = ({ status }: { readonly status: string }): boolean =>
  status !== 'offline' && status !== 'refused-by-engine';

/** Every command of every station that was let out, as text. */
async function allRows(
  access: Access,
  stations: readonly RecordingStation[],
): Promise<readonly string[]> {
  const texts: string[] = [];
  for (const { id } of stations) {
    for (let after: string | undefined; ; ) {
      const query = after === undefined ? '' : `&after=${encodeURIComponent(after)}`;
      const path = `/v1/charging-stations/${encodeURIComponent(id)}/commands?limit=${PAGE}${query}`;
      const response = await fetch(`${access.apiUrl}${path}`, { headers: authorization(access) });
      if (!response.ok) throw new Error(`GET ${path}: ${response.status}`);
      const page = (await response.json()) as {
        readonly items: readonly { readonly status: string }[];
        readonly next?: string;
      };
      texts.push(...page.items.filter(isLetOut).map((it) => JSON.stringify(it)));
      if (page.next === undefined) break;
      after = page.next;
    }
  }
  return texts;
}

/** How many of the texts hold each mark. */
function counted(texts: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const text of texts) {
    for (const mark of new Set(text.match(MARK))) counts.set(mark, (counts.get(mark) ?? 0) + 1);
  }
  return counts;
}

const authorization = ({ apiKey }: Access) => ({ authorization: `Bearer ${apiKey}` });
