/** Failed attempts to sign in: per address, and per account and address, so that nobody is locked out from elsewhere. */
import { addressKey } from '../../platform/address-key.js';
import { createTokenBuckets } from '../../platform/token-buckets.js';
import { Problem } from '../problem.js';

const ACCOUNT_BURST = 5;
const ACCOUNT_REFILL_MS = 60_000;
const ADDRESS_BURST = 30;
const ADDRESS_REFILL_MS = 10_000;

export interface SignInLimit {
  /** Throws `too-many-requests`, before any work is done. */
  check(address: string, account: string): void;
  failed(address: string, account: string): void;
}

export function signInLimit(monotonicMs: () => number): SignInLimit {
  const bucket = (burst: number, refillMs: number) =>
    createTokenBuckets({ burst, refillMs, monotonicMs });
  const accounts = bucket(ACCOUNT_BURST, ACCOUNT_REFILL_MS);
  const addresses = bucket(ADDRESS_BURST, ADDRESS_REFILL_MS);
  const pair = (address: string, account: string): string => `${addressKey(address)} ${account}`;

  return {
    check(address, account) {
      if (accounts.has(pair(address, account)) && addresses.has(addressKey(address))) return;
      throw new Problem('too-many-requests', {
        detail: 'too many failed attempts from here; try again in a minute',
      });
    },
    failed(address, account) {
      accounts.take(pair(address, account));
      addresses.take(addressKey(address));
    },
  };
}
