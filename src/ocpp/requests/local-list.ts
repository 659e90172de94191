/** Local authorisation list: 1.6 §5.15, §5.10; 2.x D01, D02. */
import { formatInstant } from '../instants.js';
import type { TokenType } from '../../sessions/token.js';
import type { OcppVersion } from '../messages.js';
import { fieldOf, groupToken, is16, listOf, type Request, textOf, wireToken } from './request.js';

/** What a list may say of a token: whatever changes by the hour is asked for. */
export type ListedStatus = 'Accepted' | 'Blocked' | 'Expired' | 'Invalid';

/** CiString20. */
const TOKEN_16_MAX = 20;

/** A token to be added or replaced, or, without `info`, to be removed. */
export interface WireListChange {
  readonly idToken: string;
  readonly type?: TokenType;
  readonly info?: {
    readonly status: ListedStatus;
    readonly expiresAtMs?: number;
    readonly groupIdToken?: string;
  };
}

export const LIST_VERSION: Request = { action: 'GetLocalListVersion', payload: {} };

/** -1: the station has no list (1.6); 0: it is empty. */
export function readListVersion(version: OcppVersion, answer: unknown): number | undefined {
  const value = fieldOf(answer, is16(version) ? 'listVersion' : 'versionNumber');
  return typeof value === 'number' ? value : undefined;
}

export function sendLocalList(
  version: OcppVersion,
  list: {
    readonly listVersion: number;
    readonly updateType: 'Full' | 'Differential';
    readonly changes: readonly WireListChange[];
  },
): Request {
  const { listVersion, updateType } = list;
  const changes = list.changes.map((change) => listItem(version, change));
  // An absent list in a full update empties the station's; 2.x allows no empty array.
  const items = changes.length === 0 ? {} : { localAuthorizationList: changes };
  const payload = is16(version)
    ? { listVersion, updateType, ...items }
    : { versionNumber: listVersion, updateType, ...items };
  return { action: 'SendLocalList', payload };
}

/** One entry as it is on the wire; its JSON length counts against BytesPerMessage. */
export function listItem(version: OcppVersion, { idToken, type, info }: WireListChange): object {
  if (is16(version)) return { idTag: idToken, ...(info && { idTagInfo: tagInfo(info) }) };
  if (info === undefined) return { idToken: wireToken(idToken, type) };
  const { status, expiresAtMs, groupIdToken } = info;
  return {
    idToken: wireToken(idToken, type),
    idTokenInfo: {
      status,
      ...(expiresAtMs !== undefined && { cacheExpiryDateTime: formatInstant(expiresAtMs) }),
      ...(groupIdToken !== undefined && { groupIdToken: groupToken(groupIdToken) }),
    },
  };
}

function tagInfo(info: NonNullable<WireListChange['info']>): object {
  const { status, expiresAtMs, groupIdToken } = info;
  return {
    status,
    ...(expiresAtMs !== undefined && { expiryDate: formatInstant(expiresAtMs) }),
    // Half a name would be another group.
    ...(groupIdToken !== undefined &&
      groupIdToken.length <= TOKEN_16_MAX && { parentIdTag: groupIdToken }),
  };
}

/** How many characters a token of this version may have. */
export function tokenLengthMax(version: OcppVersion): number {
  return is16(version) ? TOKEN_16_MAX : 36;
}

/** What a station says about its list. Absent: it does not say. */
export interface ListLimits {
  readonly isEnabled?: boolean;
  /** Entries that it can hold. */
  readonly entriesMax?: number;
  /** Entries, and bytes of entries, in one message. */
  readonly itemsPerMessage?: number;
  readonly bytesPerMessage?: number;
}

const KEYS_16 = {
  isEnabled: 'LocalAuthListEnabled',
  entriesMax: 'LocalAuthListMaxLength',
  itemsPerMessage: 'SendLocalListMaxLength',
} as const;
const VARIABLES = {
  isEnabled: 'Enabled',
  itemsPerMessage: 'ItemsPerMessage',
  bytesPerMessage: 'BytesPerMessage',
} as const;

export function readListLimits(version: OcppVersion): Request {
  if (is16(version)) {
    return { action: 'GetConfiguration', payload: { key: Object.values(KEYS_16) } };
  }
  const getVariableData = Object.values(VARIABLES).map((name) => ({
    component: { name: 'LocalAuthListCtrlr' },
    variable: { name },
  }));
  return { action: 'GetVariables', payload: { getVariableData } };
}

export function listLimitsOf(version: OcppVersion, answer: unknown): ListLimits {
  const values = is16(version) ? configuration(answer) : variables(answer);
  const names: Readonly<Record<string, string>> = is16(version) ? KEYS_16 : VARIABLES;
  const isEnabled = values.get(names['isEnabled'] ?? '');
  const limits = ['entriesMax', 'itemsPerMessage', 'bytesPerMessage'].flatMap((limit) => {
    const value = Number(values.get(names[limit] ?? '') ?? Number.NaN);
    return value >= 1 ? [[limit, Math.floor(value)] as const] : [];
  });
  return {
    ...(isEnabled === undefined ? {} : { isEnabled: isEnabled.toLowerCase() === 'true' }),
    ...Object.fromEntries(limits),
  };
}

function configuration(answer: unknown): ReadonlyMap<string, string> {
  return new Map(
    listOf(answer, 'configurationKey').map((item) => [
      textOf(item, 'key') ?? '',
      textOf(item, 'value') ?? '',
    ]),
  );
}

function variables(answer: unknown): ReadonlyMap<string, string> {
  const accepted = listOf(answer, 'getVariableResult').filter(
    (item) => textOf(item, 'attributeStatus') === 'Accepted',
  );
  return new Map(
    accepted.map((item) => [
      textOf(fieldOf(item, 'variable'), 'name') ?? '',
      textOf(item, 'attributeValue') ?? '',
    ]),
  );
}
