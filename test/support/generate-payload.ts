/** Payloads made from the schemas that ocpp-rpc ships: the least that passes, and everything at once. */
import { createRequire } from 'node:module';
import type { OcppVersion } from '../../src/ocpp/messages.js';

interface Node {
  readonly $id?: string;
  readonly $ref?: string;
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly definitions?: Readonly<Record<string, Node>>;
  readonly required?: readonly string[];
  readonly items?: Node;
  readonly enum?: readonly string[];
  readonly format?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minimum?: number;
  readonly maximum?: number;
}

export type Extent = 'minimal' | 'maximal';

const require = createRequire(import.meta.url);
const FILES = { 'ocpp1.6': 'ocpp1_6', 'ocpp2.0.1': 'ocpp2_0_1', 'ocpp2.1': 'ocpp2_1' };
const TEXT_MAX = 300;
const ITEMS_MAX = 2;

/** Requests (`req`) and answers (`conf`) of a version. */
export function payloadsOf(version: OcppVersion) {
  const schemas = new Map(
    (require(`ocpp-rpc/lib/schemas/${FILES[version]}.json`) as readonly Node[]).map((schema) => [
      (schema.$id ?? '').replace(/Request$/, '.req').replace(/Response$/, '.conf'),
      schema,
    ]),
  );
  return (action: string, kind: 'req' | 'conf', extent: Extent): Record<string, unknown> => {
    const root = schemas.get(`urn:${action}.${kind}`);
    if (root === undefined) throw new Error(`${version} has no ${action}.${kind}`);
    return make(root, root, { extent, depth: 0 }) as Record<string, unknown>;
  };
}

function make(root: Node, given: Node, at: { extent: Extent; depth: number }): unknown {
  const node = given.$ref === undefined ? given : definition(root, given.$ref);
  if (node.enum !== undefined) return node.enum.includes('Accepted') ? 'Accepted' : node.enum[0];
  switch (node.type) {
    case 'object':
      return object(root, node, at);
    case 'array': {
      const { minItems = 0, maxItems = ITEMS_MAX, items = {} } = node;
      const count =
        at.extent === 'minimal' ? minItems : Math.max(minItems, Math.min(maxItems, ITEMS_MAX));
      return Array.from({ length: count }, () => make(root, items, at));
    }
    case 'integer':
    case 'number':
      return at.extent === 'minimal' ? (node.minimum ?? 0) : Math.min(node.maximum ?? 7, 1000);
    case 'boolean':
      return at.extent === 'maximal';
    case 'string':
      return text(node, at.extent);
    default:
      return 'anything';
  }
}

function object(root: Node, node: Node, { extent, depth }: { extent: Extent; depth: number }) {
  const { properties = {}, required = [] } = node;
  const names = Object.keys(properties).filter(
    (name) => required.includes(name) || (extent === 'maximal' && depth < 6),
  );
  const at = { extent, depth: depth + 1 };
  return Object.fromEntries(names.map((name) => [name, make(root, properties[name] ?? {}, at)]));
}

function text({ format, minLength = 1, maxLength = 20 }: Node, extent: Extent): string {
  if (format === 'date-time') return '2026-05-20T10:00:00.000Z';
  if (format === 'uri') return 'https://example.org/file';
  return '7'.repeat(extent === 'minimal' ? Math.max(1, minLength) : Math.min(maxLength, TEXT_MAX));
}

function definition(root: Node, ref: string): Node {
  const found = root.definitions?.[ref.replace('#/definitions/', '')];
  if (found === undefined) throw new Error(`no definition ${ref}`);
  return found;
}
