/**
 * How often somebody may fail, come in, and come back. Failures count per address, per identity from
 * one address, and over all; none of them keeps out a station that presents the right password, except
 * from an address that has guessed at this very identity.
 */
import { addressKey } from '../platform/address-key.js';
import { createReconnects, type Reconnects } from './reconnects.js';
import type { GatewaySettings } from './settings.js';
import { createTokenBuckets } from '../platform/token-buckets.js';

export interface Caller {
  readonly identity: string;
  readonly remoteAddress: string | undefined;
  /** False: no station of this name exists; such callers are not looked up while too many fail. */
  readonly isProvisioned: boolean;
}

export interface DoorLimits {
  /** Before the password is looked at: why not now. */
  beforeCheck(caller: Caller): 'too-many-failures' | 'flooded' | undefined;
  /** True while failures over all are too many: then every failure is answered alike. */
  isFlooded(): boolean;
  failed(caller: Caller): void;
  /** After the right password: why not now. */
  afterCheck(caller: Caller): 'too-many-at-once' | 'reconnects-too-often' | undefined;
  /** Comes in; the connections of this identity within the last hour. */
  cameIn(caller: Caller): number;
}

/** Callers that came in once, remembered so that others behind their address cannot keep them out. */
const KNOWN_MAX = 20_000;
const ALL = 'all';

export function createDoorLimits(settings: GatewaySettings, monotonicMs: () => number): DoorLimits {
  const bucketsOf = (burst: number, refillMs: number) =>
    createTokenBuckets({ burst, refillMs, monotonicMs });
  const byAddress = bucketsOf(settings.addressFailuresMax, settings.addressRefillMs);
  const byPair = bucketsOf(settings.identityFailuresMax, settings.identityRefillMs);
  const failures = bucketsOf(settings.failuresMax, settings.failuresRefillMs);
  const accepts = bucketsOf(settings.acceptsMax, settings.acceptsRefillMs);
  const reconnects: Reconnects = createReconnects({
    countMax: settings.reconnectsPerHourMax,
    slowEveryMs: settings.reconnectSlowMs,
    monotonicMs,
  });
  const known = new Set<string>();
  const pairOf = ({ identity, remoteAddress }: Caller): string =>
    `${addressKey(remoteAddress)} ${identity}`;

  return {
    beforeCheck(caller) {
      const pair = pairOf(caller);
      if (!byPair.has(pair)) return 'too-many-failures';
      if (!known.has(pair) && !byAddress.has(addressKey(caller.remoteAddress))) {
        return 'too-many-failures';
      }
      return !caller.isProvisioned && !failures.has(ALL) ? 'flooded' : undefined;
    },
    isFlooded: () => !failures.has(ALL),
    failed(caller) {
      byPair.take(pairOf(caller));
      byAddress.take(addressKey(caller.remoteAddress));
      failures.take(ALL);
    },
    afterCheck({ identity }) {
      if (!accepts.has(ALL)) return 'too-many-at-once';
      return reconnects.mayConnect(identity) ? undefined : 'reconnects-too-often';
    },
    cameIn(caller) {
      const pair = pairOf(caller);
      known.delete(pair);
      known.add(pair);
      const [oldest] = known;
      if (known.size > KNOWN_MAX && oldest !== undefined) known.delete(oldest);
      accepts.take(ALL);
      return reconnects.connected(caller.identity);
    },
  };
}
