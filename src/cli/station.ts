/** `busbar station`: list, add, log, command. Everything over HTTP. */
import type { Api } from './api-client.js';
import { CommandFailure, EXIT, type Output, table } from './output.js';

/** Of a page of the API. */
const PAGE_LIMIT_MAX = 500;

interface Station {
  readonly id: string;
  readonly siteId: string;
  readonly stage: string;
  readonly version?: string;
  readonly vendor?: string;
  readonly model?: string;
  readonly firmware?: string;
  readonly lastMessageAt?: string;
  readonly trouble?: string;
}

export async function listStations(api: Api, output: Output, siteId?: string): Promise<void> {
  const items = await allStations(api, siteId);
  const rows = items.map((it) => [
    it.id,
    it.siteId,
    it.stage,
    it.version ?? '-',
    [it.vendor, it.model, it.firmware].filter((word) => word !== undefined).join(' ') || '-',
    it.lastMessageAt ?? 'never',
    it.trouble ?? '',
  ]);
  const head = ['STATION', 'SITE', 'STAGE', 'OCPP', 'MODEL', 'LAST MESSAGE', ''];
  output.result({ items }, () => (rows.length === 0 ? 'no stations' : table([head, ...rows])));
}

/** Every page of them. */
async function allStations(api: Api, siteId: string | undefined): Promise<readonly Station[]> {
  const items: Station[] = [];
  const query = new URLSearchParams({ limit: String(PAGE_LIMIT_MAX) });
  if (siteId !== undefined) query.set('siteId', siteId);
  for (;;) {
    const page = (await api.get(`/v1/charging-stations?${query.toString()}`)) as {
      readonly items: readonly Station[];
      readonly next?: string;
    };
    items.push(...page.items);
    if (page.next === undefined) return items;
    query.set('after', page.next);
  }
}

export async function addStation(
  api: Api,
  output: Output,
  ask: { readonly siteId: string; readonly stationId: string },
): Promise<void> {
  const made = (await api.post('/v1/charging-stations', ask)) as { readonly secret: string };
  output.progress('the password is shown this once');
  output.result(made, () => `station   ${ask.stationId}\npassword  ${made.secret}`);
}

interface Message {
  readonly at: string;
  readonly direction: string;
  readonly action?: string;
  readonly message?: unknown;
}

export async function logOfStation(
  api: Api,
  output: Output,
  ask: { readonly stationId: string; readonly limit: string },
): Promise<void> {
  if (!/^[1-9]\d{0,2}$/.test(ask.limit) || Number(ask.limit) > PAGE_LIMIT_MAX) {
    throw new CommandFailure('--limit: a whole number from 1 to 500', EXIT.usage);
  }
  const page = (await api.get(
    `/v1/charging-stations/${encodeURIComponent(ask.stationId)}/messages?limit=${ask.limit}`,
  )) as { readonly items: readonly Message[] };
  const rows = page.items.map((it) => [
    it.at,
    it.direction,
    it.action ?? '',
    typeof it.message === 'string' ? it.message : (JSON.stringify(it.message) ?? ''),
  ]);
  output.result(page, () => (rows.length === 0 ? 'no messages' : table(rows)));
}

export async function commandStation(
  api: Api,
  output: Output,
  ask: { readonly stationId: string; readonly action: string; readonly payload: string },
): Promise<void> {
  const answer = await api.post(
    `/v1/charging-stations/${encodeURIComponent(ask.stationId)}/commands`,
    { action: ask.action, payload: parsed(ask.payload) },
  );
  output.result(answer, () => JSON.stringify(answer, undefined, 2));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new CommandFailure(`the payload is no JSON: ${text.slice(0, 80)}`, EXIT.usage);
  }
}
