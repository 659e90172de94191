/** In-memory forms of the API's ports: what the tests of this folder drive. */
import { createHmac, randomBytes } from 'node:crypto';
import { testRuntime } from '../support/test-runtime.js';
import { type EvseId, type SessionId, type SiteId, stationId } from '../../solver/index.js';
import type { OcppVersion } from '../../src/ocpp/messages.js';
import { hashKey, newApiKey } from '../../src/platform/credentials.js';
import type { CommandAsk, CommandReport, EngineDoor, LiveSite } from '../../src/api/ports.js';
import type { Verdict } from '../../src/control/operator-command.js';
import type { ApiDeps, ApiSettings } from '../../src/api/settings.js';
import type { Decision, SiteEvent, SiteState, StationState } from '../../src/control/state.js';
import { createOutgoingRequests } from '../../src/ocpp/outgoing-requests.js';
import type { Clock, Log } from '../../src/platform/ports.js';
import type { MeterSample } from '../../src/ocpp/messages.js';
import type { Session } from '../../src/sessions/session.js';
import { isSameToken, type Token, tokenKey } from '../../src/sessions/token.js';
import type { Signal } from '../../src/signals/signal.js';
import type { Site } from '../../src/sites/site.js';
import type { BrowserSession } from '../../src/store/people-ports.js';
import type { StorageLink, StorageReport } from '../../src/store/storage-ports.js';
import type { PowerSample } from '../../src/store/power-ports.js';
import type {
  AuditEntry,
  Page,
  PendingStation,
  StationProtocol,
  Store,
} from '../../src/store/ports.js';
import type { TestVerdict } from '../../src/control/smart-charging-test/ask.js';
import type { SmartChargingTest } from '../../src/control/smart-charging-test/test-record.js';
import type { FileShelf } from '../../src/upkeep/transfer/file-shelf.js';
import { gatherInput } from '../../src/planning/gather.js';
import { solveSite } from '../../src/planning/solve.js';
import { createUpkeep } from '../../src/upkeep/upkeep.js';

type StoredSession = Session & { readonly siteId: SiteId };

export interface MemoryStore extends Store {
  readonly rows: {
    readonly audit: AuditEntry[];
    readonly sessions: StoredSession[];
    readonly decisions: Decision[];
    readonly tests: SmartChargingTest[];
    /** By tenant and key. */
    readonly tokens: Map<string, Token>;
    /** Of every session. */
    readonly meterValues: MeterSample[];
    readonly credentials: Map<
      string,
      { siteId: SiteId; secretMac: Buffer; previousMac?: Buffer } & StationProtocol
    >;
    readonly pending: PendingStation[];
    readonly power: PowerSample[];
  };
  /** Makes every call fail as if SQL were away. */
  down: boolean;
}

export interface MemoryEngine extends EngineDoor {
  readonly submitted: { readonly siteId: SiteId; readonly event: SiteEvent }[];
  readonly pictures: Map<SiteId, LiveSite>;
  readonly stationStates: Map<SiteId, StationState[]>;
  /** Sends a picture to everyone who has subscribed. */
  publish(picture: LiveSite): void;
  subscribers(): number;
  /** Folds events in only when told, as an engine that is busy. */
  foldingPaused: boolean;
  /** Sites that another process runs. */
  readonly elsewhere: Set<SiteId>;
  /** What was asked of stations, and how all of it ends. */
  readonly asked: (CommandAsk & { readonly siteId: SiteId })[];
  report: CommandReport;
  verdict: Verdict;
  testVerdict: TestVerdict;
}

class Unavailable extends Error {
  readonly code = 'ECONNREFUSED';
}

function memoryStore(): MemoryStore {
  const keys = new Map<
    string,
    { id: string; tenantId: string; scopes: readonly string[]; name: string }
  >();
  const rows: MemoryStore['rows'] = {
    audit: [],
    sessions: [],
    decisions: [],
    tests: [],
    credentials: new Map(),
    pending: [],
    tokens: new Map(),
    meterValues: [],
    power: [],
  };
  const up = (): void => {
    if (store.down) throw new Unavailable('connect ECONNREFUSED 127.0.0.1:5432');
  };
  const notOfTheApi = (): never => {
    throw new Error('the API does not call this');
  };

  const doors = {
    rows,
    down: false,
    sites: {
      list: async () => [],
      find: async () => undefined,
      create: async () => undefined,
      remove: async () => undefined,
    },
    stations: {
      credential: async (id) => rows.credentials.get(id),
      async setCredential(id, siteId, secretMac) {
        up();
        rows.credentials.set(id, { siteId, secretMac, schemaMode: 'lenient' });
      },
      async protocols(siteId) {
        up();
        const ofSite = [...rows.credentials].filter(([, row]) => row.siteId === siteId);
        return new Map(
          ofSite.map(([id, { schemaMode, pinnedVersion }]) => [
            id,
            { schemaMode, ...(pinnedVersion === undefined ? {} : { pinnedVersion }) },
          ]),
        );
      },
      async setProtocol(id, _before, { schemaMode, pinnedVersion }) {
        up();
        const known = rows.credentials.get(id);
        if (known === undefined) return false;
        const { pinnedVersion: before, ...rest } = known;
        const after = pinnedVersion === undefined ? before : (pinnedVersion ?? undefined);
        rows.credentials.set(id, {
          ...rest,
          schemaMode: schemaMode ?? known.schemaMode,
          ...(after === undefined ? {} : { pinnedVersion: after }),
        });
        return true;
      },
      async remove(id) {
        up();
        rows.credentials.delete(id);
      },
      async rotateCredential(id, secretMac) {
        up();
        const known = rows.credentials.get(id);
        if (known === undefined) return false;
        const { previousMac = known.secretMac } = known;
        rows.credentials.set(id, { ...known, secretMac, previousMac });
        return true;
      },
      forgetPrevious: notOfTheApi,
    },
    pending: {
      note: notOfTheApi,
      list: async () => rows.pending,
      async remove(identity) {
        up();
        const index = rows.pending.findIndex((it) => it.identity === identity);
        return rows.pending.splice(index, index < 0 ? 0 : 1).length > 0;
      },
    },
    ...browserDoor(),
    ...histories(rows, up),
    ...tokenDoor(rows, up),
    prune: notOfTheApi,
    keys: {
      any: notOfTheApi,
      list: notOfTheApi,
      find: notOfTheApi,
      revoke: notOfTheApi,
      endAt: notOfTheApi,
      used: async () => undefined,
      async create({ hash, ...key }) {
        keys.set(hash.toString('hex'), key);
      },
      async findByHash(hash) {
        up();
        return keys.get(hash.toString('hex'));
      },
    },
    ...issuerDoor(up),
    powerHistory: powerDoor(rows, up),
    storage: storageDoor(up),
    audit: {
      list: notOfTheApi,
      async append(entry) {
        up();
        rows.audit.push(entry);
      },
    },
    serverKey: async () => randomBytes(32),
    ping: async () => up(),
    close: async () => undefined,
  } satisfies Partial<MemoryStore>;
  // What these tests do not touch is tested over the real store, in test/system.
  const store = new Proxy(doors as unknown as MemoryStore, {
    get: (target, name) => Reflect.get(target, name) ?? notOfTheApi(),
  });
  return store;
}

function tokenDoor(rows: MemoryStore['rows'], up: () => void): Pick<Store, 'tokens'> {
  const keyOf = (tenantId: string, idToken: string) => `${tenantId}/${tokenKey(idToken)}`;
  return {
    tokens: {
      find: async (tenantId, idToken) => rows.tokens.get(keyOf(tenantId, idToken)),
      async put(tenantId, tokens) {
        up();
        for (const token of tokens) rows.tokens.set(keyOf(tenantId, token.idToken), token);
      },
      async remove(tenantId, idToken) {
        up();
        return rows.tokens.delete(keyOf(tenantId, idToken));
      },
      async list({ tenantId, status, groupId, label, limit, after }) {
        up();
        const own = [...rows.tokens].filter(([key]) => key.startsWith(`${tenantId}/`));
        const found = own
          .map(([, token]) => token)
          .filter((it) => status === undefined || it.status === status)
          .filter((it) => groupId === undefined || it.groupId === groupId)
          .filter((it) => label === undefined || it.label?.includes(label));
        return pageOf(found, limit, after);
      },
    },
  };
}

/** Sessions and decisions, in the order in which a test has put them in. */
function histories(
  rows: MemoryStore['rows'],
  up: () => void,
): Pick<Store, 'sessions' | 'decisions' | 'smartChargingTests'> {
  return {
    sessions: {
      async list({ siteId, stationId, phases, idToken, fromMs, toMs, limit, after }) {
        up();
        const found = rows.sessions.filter(
          (session) =>
            (siteId === undefined || session.siteId === siteId) &&
            (stationId === undefined || session.stationId === stationId) &&
            (phases === undefined || phases.includes(session.phase)) &&
            (idToken === undefined || isSameToken(session.idToken ?? '', idToken)) &&
            (fromMs === undefined || session.pluggedInAtMs >= fromMs) &&
            (toMs === undefined || session.pluggedInAtMs < toMs),
        );
        return pageOf(found, limit, after);
      },
      async find(id) {
        up();
        return rows.sessions.find((session) => session.id === id);
      },
      ofTransaction() {
        throw new Error('the API does not call this');
      },
      async meterValues({ limit, after }) {
        up();
        return pageOf(rows.meterValues, limit, after);
      },
    },
    smartChargingTests: {
      nextNumber: async () => rows.tests.length + 1,
      find: async ({ tenantId: _tenant, stationId, number }) =>
        rows.tests.find((it) => it.number === number && it.stationId === stationId),
      async list({ stationId, limit, after }) {
        up();
        const own = rows.tests.filter((it) => it.stationId === stationId).toReversed();
        return pageOf(own, limit, after);
      },
      ofKind: async (_tenant, { vendor, model }) =>
        rows.tests.filter((it) => it.vendor === vendor && it.model === model).toReversed(),
      rungsOfKind: async () => [],
      kinds: async () =>
        rows.tests.flatMap(({ vendor, model }) =>
          vendor === undefined || model === undefined ? [] : [{ vendor, model }],
        ),
    },
    decisions: {
      async list({ evseId, limit, after }) {
        up();
        return pageOf(
          rows.decisions.filter((decision) => decision.evseId === evseId),
          limit,
          after,
        );
      },
    },
  };
}

/** Of the one-time link; people with accounts are tested over the real store. */
function browserDoor(): Pick<Store, 'browserSessions'> {
  const sessions = new Map<string, BrowserSession>();
  return {
    browserSessions: {
      async open({ hash, nowMs, ...session }) {
        sessions.set(hash.toString('hex'), { ...session, seenAtMs: nowMs });
      },
      find: async (hash) => sessions.get(hash.toString('hex')),
      seen: async () => undefined,
      async end(hash) {
        sessions.delete(hash.toString('hex'));
      },
      async endAll() {
        const { size } = sessions;
        sessions.clear();
        return size;
      },
    },
  };
}

function issuerDoor(up: () => void): Pick<Store, 'issuers'> {
  const issuers: { id: string; siteId: SiteId; name: string; secret: Buffer }[] = [];
  const webhooks = new Set<string>();
  return {
    issuers: {
      async create({ id, siteId, name, secret }) {
        issuers.push({ id, siteId, name, secret });
      },
      list: async (siteId) => issuers.filter((issuer) => issuer.siteId === siteId),
      knowsWebhook: async (issuerId, webhookId) => webhooks.has(`${issuerId} ${webhookId}`),
      async rememberWebhook(issuerId, webhookId) {
        up();
        const key = `${issuerId} ${webhookId}`;
        const isNew = !webhooks.has(key);
        webhooks.add(key);
        return isNew;
      },
    },
  };
}

/** Each sample is its own quarter hour. */
function powerDoor(rows: MemoryStore['rows'], up: () => void): Store['powerHistory'] {
  return {
    async add(samples) {
      up();
      rows.power.push(...samples);
    },
    async read({ siteId, kind, sinceMs }) {
      up();
      return rows.power.filter(
        (it) => it.siteId === siteId && it.kind === kind && it.atMs >= sinceMs,
      );
    },
    async peakW(siteId, { fromMs, untilMs = Infinity }) {
      const own = rows.power.filter((it) => it.siteId === siteId && it.kind === 'import');
      return Math.max(
        0,
        ...own.filter((it) => it.atMs >= fromMs && it.atMs < untilMs).map((it) => it.powerW),
      );
    },
  };
}

function storageDoor(up: () => void): Store['storage'] {
  const reports = new Map<string, StorageReport>();
  const links = new Map<string, StorageLink>();
  return {
    async report({ siteId }, report) {
      up();
      const known = reports.get(`${siteId} ${report.storageId}`);
      if (known === undefined || known.atMs < report.atMs) {
        reports.set(`${siteId} ${report.storageId}`, report);
      }
    },
    reports: async (siteId) =>
      [...reports].flatMap(([key, it]) => (key.startsWith(`${siteId} `) ? [it] : [])),
    async link({ siteId }, link) {
      up();
      links.set(`${siteId} ${link.storageId}`, link);
    },
    links: async (siteId) =>
      [...links].flatMap(([key, it]) => (key.startsWith(`${siteId} `) ? [it] : [])),
    unlink: async (siteId, storageId) => links.delete(`${siteId} ${storageId}`),
  };
}

function pageOf<T>(all: readonly T[], limit: number, after: string | undefined): Page<T> {
  const start = after === undefined ? 0 : Number(after) || 0;
  const items = all.slice(start, start + limit);
  const end = start + items.length;
  return end < all.length ? { items, next: String(end) } : { items };
}

/** Folds edits, signals and claims into its state, which is all that the API reads back. */
function memoryEngine(store: MemoryStore): MemoryEngine {
  const sites = new Map<SiteId, Site>();
  const signals = new Map<SiteId, Map<Signal['id'], Signal>>();
  const listeners = new Set<{ siteId: SiteId; onChange: (live: LiveSite) => void }>();

  const fold = (siteId: SiteId, event: SiteEvent): void => {
    if (event.type === 'site.edited') sites.set(siteId, event.site);
    if (event.type === 'signal.received') {
      const known = signals.get(siteId) ?? new Map<Signal['id'], Signal>();
      signals.set(siteId, known.set(event.signal.id, event.signal));
    }
  };

  const engine: MemoryEngine = {
    submitted: [],
    asked: [],
    report: { status: 'accepted', response: { status: 'Accepted' } },
    verdict: { status: 'allowed' },
    testVerdict: { status: 'offline', detail: 'it is offline' },
    pictures: new Map(),
    stationStates: new Map(),
    foldingPaused: false,
    elsewhere: new Set(),
    sites: () => [...sites.values()],
    state: (siteId) => {
      const site = sites.get(siteId);
      return site === undefined ? undefined : stateOf(site, signals.get(siteId) ?? new Map());
    },
    live: (siteId) => engine.pictures.get(siteId),
    stations: (siteId) => engine.stationStates.get(siteId) ?? [],
    isElsewhere: (siteId) => engine.elsewhere.has(siteId),
    async submit(siteId, event) {
      if (store.down) throw new Unavailable('connect ECONNREFUSED 127.0.0.1:5432');
      engine.submitted.push({ siteId, event });
      if (!engine.foldingPaused) fold(siteId, event);
    },
    async order(siteId, ask) {
      if (store.down) throw new Unavailable('connect ECONNREFUSED 127.0.0.1:5432');
      engine.asked.push({ siteId, ...ask });
      return { commandId: `c${engine.asked.length}`, report: Promise.resolve(engine.report) };
    },
    command: async (siteId, ask) => (await engine.order(siteId, ask)).report,
    judge: () => engine.verdict,
    judgeTest: () => engine.testVerdict,
    subscribe(siteId, onChange) {
      const listener = { siteId, onChange };
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async removeSite(siteId) {
      sites.delete(siteId);
    },
    async addSite(site) {
      sites.set(site.id, site);
    },
    figures: () => ({
      profileCommands: 12,
      profileRejected: 1,
      ackMs: [4, 7],
      cutMs: [9],
      decisionMs: [0.4],
      sampleCounts: { ackMs: 2, cutMs: 1, decisionMs: 1 },
      roundTripMs: [3, 5, 8],
    }),
    publish(picture) {
      engine.pictures.set(picture.siteId, picture);
      for (const { siteId, onChange } of listeners) {
        if (siteId === picture.siteId) onChange(picture);
      }
    },
    subscribers: () => listeners.size,
  };
  return engine;
}

function stateOf(site: Site, signals: ReadonlyMap<Signal['id'], Signal>): SiteState {
  return {
    site,
    epoch: 1,
    nextSeq: 1,
    inboxSeq: 0,
    stations: new Map(),
    evses: new Map<EvseId, never>(),
    sessions: new Map<SessionId, never>(),
    signals,
    buildingLoad: new Map(),
    pending: new Map(),
    control: { notGuaranteed: [], goals: [] },
  };
}

/** A station whose first contact is done. */
export function stationState(id: string, version: OcppVersion): StationState {
  return {
    id: stationId(id),
    stage: 'ready',
    version,
    capability: { units: ['A'], stackLevelMax: 8, periodsMax: 24, stepA: 1 },
    stackLevel: 1,
    stageSinceMs: NOW_MS - 4000,
    attempts: 0,
  };
}

/** 2026-01-15T12:00:00Z, and it stays. */
export const NOW_MS = Date.UTC(2026, 0, 15, 12);

function fixedClock(nowMs = NOW_MS): Clock {
  return { nowMs: () => nowMs, monotonicMs: () => 0, speed: 1, at: () => () => undefined };
}

export interface LogLine {
  readonly level: 'info' | 'warn' | 'error';
  readonly fields: Readonly<Record<string, unknown>>;
  readonly message: string;
}

function memoryLog(): Log & { readonly lines: LogLine[] } {
  const lines: LogLine[] = [];
  const at =
    (level: LogLine['level']) =>
    (fields: Readonly<Record<string, unknown>>, message: string): void => {
      lines.push({ level, fields, message });
    };
  return { lines, info: at('info'), warn: at('warn'), error: at('error') };
}

const SETTINGS: ApiSettings = {
  secureCookie: false,
  trustProxy: false,
  rateLimitPerMinute: 100_000,
  metricsAccess: 'open',
  dashboardDir: '/nonexistent',
};

/** Files are tested over a real folder, in test/system. */
function noFiles(): FileShelf {
  const notOfTheApi = (): never => {
    throw new Error('the API does not call this');
  };
  return { put: notOfTheApi, read: notOfTheApi, remove: notOfTheApi };
}

export function testDeps(settings: Partial<ApiSettings> = {}) {
  const store = memoryStore();
  const engine = memoryEngine(store);
  const log = memoryLog();
  const clock = fixedClock();
  const realNowMs = (): number => NOW_MS;
  const deps: ApiDeps = {
    engine,
    store,
    clock,
    upkeep: createUpkeep({
      engine,
      store,
      log,
      clock,
      realNowMs,
      files: noFiles(),
      publicUrl: () => 'http://127.0.0.1',
      settings: { certificateSigning: 'operator', fileRetentionDays: 1, lookEveryMs: 60_000 },
    }),
    planner: {
      input: async (siteId) => {
        const state = engine.state(siteId);
        const at = { nowMs: NOW_MS, habits: new Map() };
        return state === undefined ? undefined : gatherInput(store, state, at);
      },
      pool: { solve: solveSite, stop: async () => undefined },
    },
    log,
    credentials: {
      newSecret: () => randomBytes(20).toString('base64url'),
      macOf: (secret) => createHmac('sha256', 'key of the tests').update(secret).digest(),
    },
    realNowMs,
    dismissStation: () => undefined,
    requests: createOutgoingRequests(),
    runtime: testRuntime(),
    settings: { ...SETTINGS, ...settings },
  };
  return { ...deps, store, engine, log };
}

/** Stores a key and answers the header that uses it. */
export async function keyHeader(
  store: Store,
  tenantId: string,
  scope: string,
): Promise<{ authorization: string }> {
  const { key } = newApiKey();
  const id = `${tenantId}-${scope}`;
  await store.keys.create({ id, tenantId, hash: hashKey(key), scopes: [scope], name: id }, 'test');
  return { authorization: `Bearer ${key}` };
}
