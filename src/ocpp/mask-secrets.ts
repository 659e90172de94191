/** The tokens of drivers and the passwords of stations, taken out of what is shown or kept. */

const MASK = '***';
const SECRET_KEYS = new Set([
  'additionalIdToken',
  'eMAID',
  'emaid',
  'idTag',
  'idToken',
  'parentIdTag',
  'password',
  'prioritizedEMAIDs',
]);
const SECRET_VARIABLES = /AuthorizationKey|BasicAuthPassword|Password|Passphrase|Secret/i;
/** Under these keys stands the value of the variable that is named beside or above it. */
const VALUE_KEYS = new Set(['actualValue', 'attributeValue', 'v', 'value']);
/** Deeper structures than any OCPP message has are cut, not walked. */
const DEPTH_MAX = 16;

/**
 * The same JSON value without secrets: tokens wherever they stand, values of configuration keys and
 * variables whose name says password, and both inside texts that are JSON themselves.
 */
export function maskSecrets(value: unknown): unknown {
  return mask(value, 0);
}

function mask(value: unknown, depth: number): unknown {
  if (depth > DEPTH_MAX) return '…';
  if (typeof value === 'string') return maskText(value, depth);
  if (Array.isArray(value)) return value.map((item) => mask(item, depth + 1));
  if (typeof value !== 'object' || value === null) return value;
  const isSecretVariable = namesSecret(value);
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      if (SECRET_KEYS.has(key) && isLeaf(inner)) return [key, MASK];
      if (SECRET_KEYS.has(key) && Array.isArray(inner)) return [key, inner.map(() => MASK)];
      if (isSecretVariable && VALUE_KEYS.has(key)) return [key, MASK];
      if (isSecretVariable && key === 'variableAttribute' && Array.isArray(inner)) {
        return [key, inner.map(maskAttribute)];
      }
      return [key, mask(inner, depth + 1)];
    }),
  );
}

/** A number is a token too: some stations send it so. */
function isLeaf(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'number';
}

/** `{key, value}` of 1.6, `{component, variable, ...}` of 2.x. */
function namesSecret(node: object): boolean {
  const names = [
    'key' in node ? node.key : undefined,
    'variable' in node && typeof node.variable === 'object' && node.variable !== null
      ? (node.variable as { name?: unknown }).name
      : undefined,
  ];
  return names.some((name) => typeof name === 'string' && SECRET_VARIABLES.test(name));
}

function maskAttribute(attribute: unknown): unknown {
  if (typeof attribute !== 'object' || attribute === null || !('value' in attribute)) {
    return attribute;
  }
  return { ...attribute, value: MASK };
}

/** `idTag=4711`, `"idToken": "4711"` and the like in running text or in JSON that is cut off. */
const SECRET_IN_TEXT =
  /\b((?:additionalIdToken|eMAID|idTag|idToken|parentIdTag|password)\\*["']?\s*[:=]\s*\\*["']?)[^"'\\\s,;&}\]]+/gi;

/** DataTransfer and its like carry JSON inside a text. */
function maskText(text: string, depth: number): string {
  if (/^\s*[[{]/.test(text)) {
    try {
      return JSON.stringify(mask(JSON.parse(text), depth + 1));
    } catch {
      // Cut off: masked as running text.
    }
  }
  return text.replace(SECRET_IN_TEXT, `$1${MASK}`);
}
