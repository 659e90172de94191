/**
 * What no part behind the door could keep as it came: text with NUL or half a surrogate pair (a TEXT
 * column holds neither), and JSON that nests deeper than a recursive reader's stack.
 */
import type { App } from './app.js';
import { Problem } from './problem.js';

/** The deepest document of ours has nine levels; the payloads of OCPP stay below twenty. */
const DEPTH_MAX = 64;
const UNSTORABLE = /\0|\p{Surrogate}/u;

/** Precondition: called before anything else looks at a parsed body. */
export function plainBodies(app: App): void {
  app.addHook('preValidation', async (request) => refuseOdd(request.body));
}

interface Place {
  readonly value: unknown;
  readonly name: string;
  readonly depth: number;
  readonly parent?: Place;
}

/** Throws `bad-request` with a pointer. Has no recursion of its own. */
function refuseOdd(body: unknown): void {
  const open: Place[] = [{ value: body, name: '', depth: 0 }];
  for (let place = open.pop(); place !== undefined; place = open.pop()) {
    const { value, depth } = place;
    if (typeof value === 'string') refuseText(value, place);
    if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) continue;
    if (depth >= DEPTH_MAX)
      throw odd(place.parent ?? place, `nests deeper than ${DEPTH_MAX} levels`);
    for (const [name, inner] of Object.entries(value)) {
      refuseText(name, place);
      open.push({ value: inner, name, depth: depth + 1, parent: place });
    }
  }
}

function refuseText(text: string, place: Place): void {
  if (UNSTORABLE.test(text)) throw odd(place, 'must not hold NUL or half a surrogate pair');
}

function odd(place: Place, detail: string): Problem {
  const names: string[] = [];
  for (let at: Place | undefined = place; at?.parent !== undefined; at = at.parent) {
    names.unshift(at.name.replaceAll('~', '~0').replaceAll('/', '~1'));
  }
  const pointer = names.map((name) => `/${name}`).join('');
  return new Problem('bad-request', {
    detail: `${pointer || 'body'}: ${detail}`,
    errors: [{ pointer, detail }],
  });
}
