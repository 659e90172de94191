/** What a route tells OpenAPI beside its own schemas: its name, its group and its problems. */
import { ProblemSchema } from './schema/common.js';
import { PROBLEMS, type ProblemKind } from './problem.js';

const ALWAYS: readonly ProblemKind[] = [
  'bad-request',
  'too-many-requests',
  'internal',
  'unavailable',
];
/** Where a body may come, wanted or not, it may be too large or of another type. */
export const WITH_BODY: readonly ProblemKind[] = ['body-too-large', 'unsupported-media-type'];

/** What every write can answer, whatever it writes: Idempotency-Key, and the cookie's Origin. */
export const WITH_WRITE: readonly ProblemKind[] = ['request-in-flight', 'idempotency-key-reused'];

/** What a caller hears beside the answer: of a list, of one thing, of a change. */
export const READ = ['unauthenticated', 'forbidden'] as const;
export const READ_ONE = [...READ, 'not-found'] as const;
export const WRITE = [...READ, 'malformed-json', 'invalid'] as const;
export const WRITE_ONE = [...WRITE, 'not-found', 'conflict'] as const;

/** Responses of the problems that a route can answer, for its `response` schema. */
export function problems(...kinds: readonly ProblemKind[]): ProblemResponses {
  const body = kinds.includes('malformed-json') ? WITH_BODY : [];
  const statuses = [...kinds, ...body, ...ALWAYS].map((kind) => PROBLEMS[kind][0]);
  return Object.fromEntries(
    [...new Set(statuses)]
      .sort((a, b) => a - b)
      .map((status) => [
        status,
        {
          description: Object.values(PROBLEMS).find((entry) => entry[0] === status)?.[1] ?? '',
          content: { 'application/problem+json': { schema: ProblemSchema } },
        },
      ]),
  );
}

/** Adds nothing to the reply's type: handlers throw problems, they do not return them. */
type ProblemResponses = Readonly<Record<never, never>>;
