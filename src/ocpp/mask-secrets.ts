/** Payloads as they may be kept and shown: without passwords, keys and the tokens of drivers. */

const MASK = '***';

/** Fields that are a secret wherever they stand, in lower case. */
const SECRET_FIELDS = new Set([
  'additionalidtoken',
  'apnpassword',
  'authorizationkey',
  'basicauthpassword',
  'emaid',
  'idtag',
  'idtoken',
  'parentidtag',
  'password',
  'pin',
  'prioritizedemaids',
  'simpin',
]);
/** Configuration keys and variables whose value is one. */
const SECRET_SETTING =
  /password|passphrase|passwd|secret|authorization_?key|private_?key|sim_?pin|shared_?key|api_?key/i;
/** Under these keys stands the value of the setting that is named beside or above it. */
const VALUE_FIELDS = new Set(['actualValue', 'attributeValue', 'v', 'value']);
/** `key` is the name of a setting in 1.6 and a shared secret in a VPN's description. */
const KEY_HOLDERS = new Set(['vpn']);
/** `scheme://user:password@host` */
const URL_LOGIN = /([a-z][a-z0-9+.-]{0,20}:\/\/)[^/@\s]{1,500}@/gi;
/** An address that one station is given for one file: whoever has it may write or read there. */
const TRANSFER_LINK = /(\/transfer\/)[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])/g;
/** `idTag=4711`, `"idToken": "4711"` and the like in running text or in JSON that is cut off. */
const SECRET_IN_TEXT =
  /\b((?:additionalIdToken|eMAID|idTag|idToken|parentIdTag|password)\\*["']?\s*[:=]\s*\\*["']?)[^"'\\\s,;&}\]]+/gi;
const TOKEN_FIELD = /^(?:additionalIdToken|eMAID|idTag|idToken|parentIdTag)$/i;
/** Shorter tokens would be told by four of their characters. */
const TOKEN_LENGTH_SHOWN_MIN = 8;
const TOKEN_END_LENGTH = 4;
/**
 * `apiKey=...`, `"secret": "..."` and the like in data of vendors. Nothing before the word is matched:
 * a run of letters would be read again from each of its places, and 60 kB of them hold up the process.
 */
const NAMED_IN_DATA =
  /((?:password|passwd|pwd|secret|api[_-]?key|token|pin|auth)\\*["']?\s*[:=]\s*\\*["']?)[^"'\\\s,;&}\]]+/gi;
/** Long runs of one alphabet are keys and signatures. */
const LONG_RUN = /\b(?:[0-9a-f]{32,}|[A-Za-z0-9+/_]{40,})={0,2}/gi;
/** Deeper structures than any OCPP message has are cut, not walked. */
const DEPTH_MAX = 16;

interface Place {
  /** The field that holds it. */
  readonly holder: string;
  readonly depth: number;
}

/** True for a configuration key or variable whose value nobody may read back. */
export function isSecretSetting(name: string): boolean {
  return SECRET_SETTING.test(name);
}

/**
 * The same JSON value without secrets: tokens wherever they stand, values of configuration keys and
 * variables whose name says password, logins in URLs, and all of these inside texts that are JSON
 * themselves. The structure stays.
 */
export function maskSecrets<T>(payload: T): T {
  return masked(payload, { holder: '', depth: 0 }) as T;
}

function masked(value: unknown, { holder, depth }: Place): unknown {
  if (depth > DEPTH_MAX) return MASK;
  if (typeof value === 'string') return maskText(value, depth);
  // 1e400 is read as infinite, and no row can hold that.
  if (typeof value === 'number' && !Number.isFinite(value)) return null;
  if (Array.isArray(value)) return value.map((item) => masked(item, { holder, depth: depth + 1 }));
  if (typeof value !== 'object' || value === null) return value;
  const hidesValue = namesSecret(value as Setting);
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => {
      const isHidden =
        SECRET_FIELDS.has(name.toLowerCase()) ||
        (name === 'key' && KEY_HOLDERS.has(holder)) ||
        (hidesValue && VALUE_FIELDS.has(name));
      if (isHidden && isLeaf(item)) return [name, maskLeaf(name, item)];
      if (isLeaf(item) && SECRET_SETTING.test(name)) return [name, MASK];
      if (name === 'data' && typeof item === 'string') return [name, maskFree(item, depth)];
      if (isHidden && Array.isArray(item)) return [name, item.map(() => MASK)];
      if (hidesValue && name === 'variableAttribute' && Array.isArray(item)) {
        return [name, item.map(maskAttribute)];
      }
      return [name, masked(item, { holder: name, depth: depth + 1 })];
    }),
  );
}

/** 1.6 `{key, value}`, 2.x `{variable: {name}, attributeValue}`. */
interface Setting {
  readonly key?: unknown;
  readonly variable?: { readonly name?: unknown } | string | null;
}

function namesSecret({ key, variable }: Setting): boolean {
  const name = typeof variable === 'object' && variable !== null ? variable.name : key;
  return typeof name === 'string' && isSecretSetting(name);
}

function maskAttribute(attribute: unknown): unknown {
  if (typeof attribute !== 'object' || attribute === null || !('value' in attribute)) {
    return attribute;
  }
  return { ...attribute, value: MASK };
}

/** The last four characters of a long token stay, so that a person can recognise one. */
function maskLeaf(name: string, item: unknown): string {
  const text = String(item);
  const isShown = TOKEN_FIELD.test(name) && text.length >= TOKEN_LENGTH_SHOWN_MIN;
  return isShown ? `${MASK}${text.slice(-TOKEN_END_LENGTH)}` : MASK;
}

/** A number is a token too: some stations send it so. */
function isLeaf(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'number';
}

/** DataTransfer and its like carry JSON inside a text. */
function maskText(text: string, depth: number): string {
  if (/^\s*[[{]/.test(text)) {
    try {
      return JSON.stringify(masked(JSON.parse(text), { holder: '', depth: depth + 1 }));
    } catch {
      // Cut off: masked as running text.
    }
  }
  return text
    .replace(URL_LOGIN, `$1${MASK}@`)
    .replace(TRANSFER_LINK, `$1${MASK}`)
    .replace(SECRET_IN_TEXT, `$1${MASK}`);
}

/** What is in a DataTransfer is anybody's. */
function maskFree(text: string, depth: number): string {
  return maskText(text, depth).replace(NAMED_IN_DATA, `$1${MASK}`).replace(LONG_RUN, MASK);
}
