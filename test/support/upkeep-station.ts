/** A station that keeps what upkeep asks of it: a local list, reservations, certificates. */
import { expect } from 'vitest';
import type { RPCClient } from 'ocpp-rpc';
import type { OcppVersion } from '../../src/ocpp/messages.js';
import { createMessageSchemas } from '../../src/ocpp/validation.js';
import type { RunningService } from './running-service.js';

/** Generous: a busy machine fails nothing. */
export const PATIENCE = { timeout: 20_000, interval: 50 };

interface Asked {
  readonly action: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- payloads are what the test asserts on
  readonly payload: any;
}

type Answer = (payload: Asked['payload']) => object | undefined;

export interface UpkeepStation {
  readonly id: string;
  readonly version: OcppVersion;
  readonly client: RPCClient;
  /** Requests that the service sent, in order, by action. */
  asked(action: string): Asked['payload'][];
  /** Answers this action so from now on. */
  answer(action: string, answer: Answer): void;
  call(action: string, payload: object): Promise<Record<string, unknown>>;
  close(): Promise<void>;
}

const ENGINE: Readonly<Record<string, Answer>> = {
  GetConfiguration: () => ({ configurationKey: [], unknownKey: [] }),
  GetBaseReport: () => ({ status: 'Accepted' }),
  GetVariables: ({ getVariableData }) => ({
    getVariableResult: getVariableData.map((it: object) => ({
      ...it,
      attributeStatus: 'UnknownComponent',
    })),
  }),
  SetVariables: ({ setVariableData }) => ({
    setVariableResult: setVariableData.map(({ component, variable }: Record<string, unknown>) => ({
      component,
      variable,
      attributeStatus: 'Accepted',
    })),
  }),
};

/** Every request that it is sent must follow the schema of its version to the letter. */
export async function connectUpkeepStation(
  service: RunningService,
  { id, version }: { readonly id: string; readonly version: OcppVersion },
): Promise<UpkeepStation> {
  const schemas = createMessageSchemas(version, 'strict');
  const seen: Asked[] = [];
  const answers = new Map<string, Answer>(Object.entries(ENGINE));
  const client = await service.connect({
    id,
    version,
    reply(action, params) {
      const { payload, notes } = schemas.checkRequest(action, params);
      expect(notes, `${action} ${JSON.stringify(params)}`).toEqual([]);
      seen.push({ action, payload });
      return (answers.get(action) ?? (() => ({ status: 'Rejected' })))(payload);
    },
  });
  const boot =
    version === 'ocpp1.6'
      ? { chargePointVendor: 'Acme', chargePointModel: 'M', chargePointSerialNumber: `SN-${id}` }
      : {
          reason: 'PowerUp',
          chargingStation: { vendorName: 'Acme', model: 'M', serialNumber: `SN-${id}` },
        };
  await client.call('BootNotification', boot);
  return {
    id,
    version,
    client,
    asked: (action) => seen.filter((it) => it.action === action).map(({ payload }) => payload),
    answer: (action, answer) => answers.set(action, answer),
    call: (action, payload) => client.call(action, payload) as Promise<Record<string, unknown>>,
    close: () => client.close({ code: 1000, reason: 'done' } as never) as Promise<never>,
  };
}

/** The list of a station, kept as the standard says. */
export function keepLocalList(station: UpkeepStation): {
  version: number;
  readonly tokens: Set<string>;
} {
  const is16 = station.version === 'ocpp1.6';
  const list = { version: 0, tokens: new Set<string>() };
  const versionKey = is16 ? 'listVersion' : 'versionNumber';
  station.answer('GetLocalListVersion', () => ({ [versionKey]: list.version }));
  station.answer('SendLocalList', (payload) => {
    const { updateType, localAuthorizationList = [] } = payload;
    const version = payload[versionKey];
    if (updateType === 'Full') list.tokens.clear();
    else if (version <= list.version) return { status: 'VersionMismatch' };
    for (const entry of localAuthorizationList) {
      const token = is16 ? entry.idTag : entry.idToken.idToken;
      if ((entry.idTagInfo ?? entry.idTokenInfo) === undefined) list.tokens.delete(token);
      else list.tokens.add(token);
    }
    list.version = version;
    return { status: 'Accepted' };
  });
  return list;
}
