/** Failed attempts to sign in: per address, and per account and address, so that nobody is locked out from elsewhere. */
import { addressKey } from '../../platform/address-key.js';
import { createTokenBuckets } from '../../platform/token-buckets.js';
import { Problem } from '../problem.js';

const ACCOUNT_BURST = 5;
const ACCOUNT_REFILL_MS = 60_000;
const ADDRESS_BURST = 30;
const ADDRESS_REFILL_MS = 10_000;

export interface SignInLimit {
  /**
   * Counts an attempt as failed until it has succeeded, so that many at the same time are no way around
   * the limit. Throws `too-many-requests`, before any work is done. Call the answer on success.
   */
  attempt(address: string, account: string): () => void;
}

export function signInLimit(monotonicMs: () => number): SignInLimit {
  const bucket = (burst: number, refillMs: number) =>
    createTokenBuckets({ burst, refillMs, monotonicMs });
  const accounts = bucket(ACCOUNT_BURST, ACCOUNT_REFILL_MS);
  const addresses = bucket(ADDRESS_BURST, ADDRESS_REFILL_MS);

  return {
    attempt(address, account) {
      const from = addressKey(address);
      const pair = `${from} ${account}`;
      if (!accounts.has(pair) || !addresses.has(from)) {
        throw new Problem('too-many-requests', {
          detail: 'too many failed attempts from here; try again in a minute',
        });
      }
      accounts.take(pair);
      addresses.take(from);
      return () => {
        accounts.give(pair);
        addresses.give(from);
      };
    },
  };
}
