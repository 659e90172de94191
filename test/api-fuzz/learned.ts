/**
 * What a campaign has learnt from the answers: the ids that exist, by the list in which they stand, and
 * the last representation of each path, which a replacement can start from.
 */
import type { Operation } from './document.js';
import type { Random } from '../../simulator/random.js';
import { pick } from './values.js';

export interface Learned {
  /** Takes ids and representations from a successful answer. */
  note(operation: Operation, path: string, body: unknown): void;
  /** Something that stands in the list that a path parameter, or a field of a body, names. */
  known(random: Random, place: Place): string | undefined;
  /** What was last read at this path. */
  shown(path: string): unknown;
}

export interface Place {
  /** Of the parameter or the field. */
  readonly name: string;
  /** In a path: what stands before it. */
  readonly prefix?: string;
  /** Of the request. */
  readonly method: string;
}

/** Newest of each list; older ones are probably gone. */
const KEPT = 12;
const ID_FIELDS = ['id', 'identity', 'name', 'idToken', 'commandId', 'deliveryId'] as const;
/** Objects in which an answer to a creation puts what it has made. */
const INNER = ['user', 'apiKey', 'channel'] as const;
/** Lists that fields of bodies and parameters of queries point into. */
const LIST_OF_FIELD: Readonly<Record<string, string>> = {
  siteId: '/v1/sites',
  siteIds: '/v1/sites',
  stationId: '/v1/charging-stations',
  circuitId: '/v1/sites/{siteId}/circuits',
  parentId: '/v1/sites/{siteId}/circuits',
  channelId: '/v1/alert-channels',
  channelIds: '/v1/alert-channels',
  imageName: '/v1/firmware-images',
  idToken: '/v1/tokens',
  evseId: '/v1/sites/{siteId}/evses',
};

/** `lasting`: ids that no request shall remove, because everything else hangs on them. */
export function createLearned(lasting: ReadonlySet<string>): Learned {
  const ids = new Map<string, string[]>();
  const representations = new Map<string, unknown>();

  const add = (list: string, item: unknown): void => {
    const id = idOf(item);
    if (id === undefined) return;
    const known = (ids.get(list) ?? []).filter((it) => it !== id);
    ids.set(list, [...known, id].slice(-KEPT));
  };

  return {
    note({ method, template }, path, body) {
      if (typeof body !== 'object' || body === null) return;
      if (method === 'GET') representations.set(path, body);
      if (method === 'GET' && 'items' in body && Array.isArray(body.items)) {
        for (const item of body.items) add(template, item);
      }
      if (method === 'POST') add(template, body);
    },
    known(random, { name, prefix, method }) {
      const list = prefix ?? LIST_OF_FIELD[name];
      const all = (list === undefined ? undefined : ids.get(list)) ?? listOfName(ids, name);
      const free = method === 'DELETE' ? all.filter((it) => !lasting.has(it)) : all;
      return free.length === 0 ? undefined : pick(random, free);
    },
    shown: (path) => representations.get(path),
  };
}

/** A parameter such as evseId stands below no list of its own. */
function listOfName(ids: ReadonlyMap<string, string[]>, name: string): readonly string[] {
  return ids.get(LIST_OF_FIELD[name] ?? '') ?? [];
}

function idOf(item: unknown): string | undefined {
  if (typeof item !== 'object' || item === null) return undefined;
  const fields = item as Readonly<Record<string, unknown>>;
  for (const name of INNER) {
    if (fields[name] !== undefined) return idOf(fields[name]);
  }
  const id = ID_FIELDS.map((name) => fields[name]).find((it) => it !== undefined);
  return typeof id === 'string' || typeof id === 'number' ? String(id) : undefined;
}
