/**
 * Passwords of people: scrypt with a salt each, off the main loop, a few at a time. 32 MiB and about
 * a tenth of a second each, one of the settings that OWASP names as equal (N 2^15, r 8, p 3).
 */
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { Problem } from '../problem.js';

export interface Passwords {
  /** `scrypt$N$r$p$salt$hash`, base64url. Throws the problem `unavailable` when too many wait. */
  hash(password: string): Promise<string>;
  /** Takes as long for nobody (`undefined`) as for somebody. */
  verify(password: string, stored: string | undefined): Promise<boolean>;
}

const PARAMETERS = { cost: 2 ** 15, blockSize: 8, parallelization: 3 } as const;
const SALT_BYTES = 16;
const HASH_BYTES = 32;
/** scrypt needs 128 * N * r bytes; Node's own bound is exactly that of the default. */
const MEMORY_MAX_BYTES = 96 * 1024 * 1024;
const AT_ONCE_MAX = 2;
const WAITING_MAX = 64;

export function passwords(): Passwords {
  const take = lane();
  const derive = (password: string, salt: Buffer, parameters: Parameters): Promise<Buffer> =>
    take(() => derived(password, salt, parameters));

  return {
    async hash(password) {
      const salt = randomBytes(SALT_BYTES);
      const hash = await derive(password, salt, PARAMETERS);
      const { cost, blockSize, parallelization } = PARAMETERS;
      const texts = [salt, hash].map((bytes) => bytes.toString('base64url'));
      return ['scrypt', cost, blockSize, parallelization, ...texts].join('$');
    },
    async verify(password, stored) {
      const known = parsed(stored);
      const { salt, hash, parameters } = known ?? {
        salt: randomBytes(SALT_BYTES),
        hash: randomBytes(HASH_BYTES),
        parameters: PARAMETERS,
      };
      const given = await derive(password, salt, parameters);
      return timingSafeEqual(given, hash) && known !== undefined;
    },
  };
}

interface Parameters {
  readonly cost: number;
  readonly blockSize: number;
  readonly parallelization: number;
}

function parsed(
  stored: string | undefined,
): { readonly salt: Buffer; readonly hash: Buffer; readonly parameters: Parameters } | undefined {
  const [kind, cost, blockSize, parallelization, salt, hash] = stored?.split('$') ?? [];
  if (kind !== 'scrypt' || salt === undefined || hash === undefined) return undefined;
  const parameters = {
    cost: Number(cost),
    blockSize: Number(blockSize),
    parallelization: Number(parallelization),
  };
  return {
    salt: Buffer.from(salt, 'base64url'),
    hash: Buffer.from(hash, 'base64url'),
    parameters,
  };
}

/** The same text typed on different keyboards is the same password (RFC 8265: NFC). */
function derived(password: string, salt: Buffer, parameters: Parameters): Promise<Buffer> {
  const options = { ...parameters, maxmem: MEMORY_MAX_BYTES };
  return new Promise((resolve, reject) => {
    scrypt(password.normalize('NFC'), salt, HASH_BYTES, options, (error, key) =>
      error === null ? resolve(key) : reject(error),
    );
  });
}

/** Runs at most `AT_ONCE_MAX` at a time: libuv has four threads, and files need them too. */
function lane(): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (work) => {
    if (running >= AT_ONCE_MAX) {
      if (waiting.length >= WAITING_MAX) {
        throw new Problem('unavailable', { detail: 'too many people sign in at this moment' });
      }
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else running += 1;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}
