/**
 * Stations that nobody has provisioned, as they try: gathered for a moment and handed over in one
 * piece, so that a flood costs a bounded number of rows a second whatever it does.
 */
import { addressKey } from '../platform/address-key.js';
import type { GatewayPorts, PendingAttempt } from './ports.js';

export interface PendingNotes {
  add(attempt: PendingAttempt): void;
  stop(): void;
}

const FLUSH_EVERY_MS = 1_000;
const IDENTITIES_MAX = 200;
/** Of one address in one piece: whoever makes up names takes no more room than this. */
const PER_ADDRESS_MAX = 20;
const TEXT_LENGTH_MAX = 200;

export function createPendingNotes({
  log,
  notePending,
}: Pick<GatewayPorts, 'log' | 'notePending'>): PendingNotes {
  let gathered = new Map<string, PendingAttempt>();
  let perAddress = new Map<string, number>();
  let timer: NodeJS.Timeout | undefined;

  const flush = (): void => {
    timer = undefined;
    const attempts = [...gathered.values()];
    gathered = new Map();
    perAddress = new Map();
    notePending(attempts).catch((error: unknown) => {
      log.warn({ error: String(error), attempts: attempts.length }, 'pending stations not noted');
    });
  };

  return {
    add(attempt) {
      const known = gathered.get(attempt.identity);
      const address = addressKey(attempt.remoteAddress);
      const ofAddress = perAddress.get(address) ?? 0;
      if (known === undefined) {
        if (gathered.size >= IDENTITIES_MAX || ofAddress >= PER_ADDRESS_MAX) return;
        perAddress.set(address, ofAddress + 1);
      }
      gathered.set(attempt.identity, {
        ...attempt,
        subprotocols: attempt.subprotocols.slice(0, TEXT_LENGTH_MAX),
        userAgent: attempt.userAgent.slice(0, TEXT_LENGTH_MAX),
        count: (known?.count ?? 0) + attempt.count,
      });
      timer ??= setTimeout(flush, FLUSH_EVERY_MS).unref();
    },
    stop: () => clearTimeout(timer),
  };
}
