/**
 * A box under test: its payloads pass the schema (and its repair) and the handler of their action,
 * and the events that come out are folded by the real step. No sockets, no rows.
 */
import { type StationId, siteId, stationId } from '../../solver/index.js';
import { initialState } from '../../src/control/initial-state.js';
import type { HandlerContext, Routes } from '../../src/ocpp/handler.js';
import type { EvseStatus, OcppVersion, StationRecord } from '../../src/ocpp/messages.js';
import { routes16 } from '../../src/ocpp/v16/routes.js';
import { routes201 } from '../../src/ocpp/v201/routes.js';
import { routes21 } from '../../src/ocpp/v21/routes.js';
import { createMessageSchemas, type MessageSchemas } from '../../src/ocpp/validation.js';
import { authorizeToken } from '../../src/sessions/authorize-token.js';
import { type SessionNoteCode, sessionNotes } from '../../src/sessions/session-notes.js';
import { energyDeliveredWh, type Session } from '../../src/sessions/session.js';
import { type Token, tokenKey } from '../../src/sessions/token.js';
import type { Site } from '../../src/sites/site.js';
import { feed, openScript, type Script, wait } from '../control/ideal-station.js';
import { smallSite, START_MS } from '../control/small-site.js';
import { voiceOf } from '../control/station-events.js';

const ROUTES: Readonly<Record<OcppVersion, Routes>> = {
  'ocpp1.6': routes16,
  'ocpp2.0.1': routes201,
  'ocpp2.1': routes21,
};
const SCHEMAS = new Map<OcppVersion, MessageSchemas>();

export interface World {
  readonly script: Script;
  readonly records: StationRecord[];
  /** By key. */
  readonly tokens: Map<string, Token>;
  sessions(): readonly Session[];
  /** The only session that there is. */
  session(): Session;
  wait(sec: number): void;
}

export interface Box {
  readonly id: StationId;
  send(action: string, payload: object): Promise<Record<string, unknown>>;
  reboot(): void;
}

/** A site whose stations are linked and ready; any token may charge, unless the site says otherwise. */
export function openWorld(options: Parameters<typeof smallSite>[0] = {}): World {
  const site = smallSite({
    ...options,
    settings: { acceptAnyToken: true, ...options.settings },
  });
  const script = openScript(initialState(site, 1, START_MS), START_MS);
  for (const { id } of site.stations) {
    const voice = voiceOf(id, script);
    feed(script, voice.connected(), voice.booted());
  }
  wait(script, 60_000);
  const sessions = (): readonly Session[] => [...script.state.sessions.values()];
  return {
    script,
    records: [],
    tokens: new Map(),
    sessions,
    session() {
      const [only, ...others] = sessions();
      if (only === undefined || others.length > 0) throw new Error(`${sessions().length} sessions`);
      return only;
    },
    wait: (sec) => wait(script, sec * 1000),
  };
}

let numbers = 0;

export function boxOf(world: World, name: string, version: OcppVersion = 'ocpp1.6'): Box {
  const { script } = world;
  const id = stationId(name);
  const voice = voiceOf(name, script);
  const transactionIds = new Map<string, number>();
  const evseOfTransaction = new Map<string, number>();
  const connectorStatus = new Map<string, EvseStatus>();
  const schemas = SCHEMAS.get(version) ?? createMessageSchemas(version);
  SCHEMAS.set(version, schemas);
  const context = (): HandlerContext => ({
    stationId: id,
    version,
    evseNumbers: evsesOf(script.state.site, id),
    receivedAtMs: script.nowMs,
    heartbeatIntervalSec: 300,
    offlineAfterMs: 300_000,
    connectorStatus,
    keepVariables: async () => undefined,
    requestCertificate: async () => undefined,
    authorize: async (ask) =>
      authorizeToken(
        ask,
        world.tokens.get(tokenKey(ask.idToken)),
        {
          siteId: siteId('site'),
          stationId: id,
          acceptAnyToken: script.state.site.settings.acceptAnyToken,
          offlineAuthorization: script.state.site.settings.offlineAuthorization ?? 'allowed',
        },
        world.sessions(),
      ),
    async transactionIdOf(fingerprint) {
      numbers += 1;
      const number = transactionIds.get(fingerprint) ?? numbers;
      transactionIds.set(fingerprint, number);
      return number;
    },
    findTransactionEvse: async (transactionId) => evseOfTransaction.get(transactionId),
  });

  return {
    id,
    async send(action, payload) {
      const route = ROUTES[version].get(action);
      if (route === undefined) throw new Error(`no route for ${action}`);
      const checked = schemas.checkRequest(action, JSON.parse(JSON.stringify(payload)));
      const { events, records = [], answer } = await route.handle(checked.payload, context());
      for (const event of events) {
        if (event.type !== 'transaction.started') continue;
        evseOfTransaction.set(event.transactionId, event.evseNumber);
      }
      world.records.push(...records);
      feed(script, ...events);
      schemas.checkAnswer(action, answer);
      return answer as Record<string, unknown>;
    },
    reboot() {
      feed(script, voice.booted());
      wait(script, 60_000);
    },
  };
}

function evsesOf(site: Site, id: StationId): readonly number[] {
  return site.evses.filter((it) => it.stationId === id).map((it) => it.evseNumber);
}

export function token(idToken: string, more: Partial<Token> = {}): Token {
  return {
    idToken,
    type: 'ISO14443',
    status: 'Accepted',
    allowOffline: true,
    concurrent: 'refuse',
    ...more,
  };
}

export function allow(world: World, ...tokens: readonly Token[]): void {
  for (const one of tokens) world.tokens.set(tokenKey(one.idToken), one);
}

export function energyOf(session: Session): number | undefined {
  return energyDeliveredWh(session);
}

export function noteCodes(session: Session): readonly SessionNoteCode[] {
  return sessionNotes(session).map((it) => it.code);
}

/** An instant as boxes write it, `sec` after the world began. */
export function at(sec: number): string {
  return new Date(START_MS + 60_000 + sec * 1000).toISOString();
}
