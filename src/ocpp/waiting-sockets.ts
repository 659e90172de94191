/**
 * Sockets that have connected and have not come in yet, counted by address: whoever opens thousands and
 * says nothing takes no place from the others.
 */
import type { Socket } from 'node:net';
import { addressKey } from '../platform/address-key.js';
import { isProxy } from '../platform/proxies.js';
import type { GatewaySettings } from './settings.js';

export interface WaitingSockets {
  /** False: too many of its address wait already, and it is to be dropped. */
  enter(socket: Socket): boolean;
  /** It has come in. */
  admitted(socket: Socket): void;
}

export function createWaitingSockets({
  waitingSocketsMax,
  trustedProxies,
}: Pick<GatewaySettings, 'waitingSocketsMax' | 'trustedProxies'>): WaitingSockets {
  const counts = new Map<string, number>();
  const leaves = new Map<string, () => void>();

  return {
    enter(socket) {
      const { remoteAddress } = socket;
      if (remoteAddress === undefined) return false;
      if (trustedProxies !== undefined && isProxy(remoteAddress, trustedProxies)) return true;
      const key = addressKey(remoteAddress);
      const count = counts.get(key) ?? 0;
      if (count >= waitingSocketsMax) return false;
      counts.set(key, count + 1);
      const place = placeOf(socket);
      const leave = (): void => {
        if (leaves.get(place) !== leave) return;
        leaves.delete(place);
        const left = (counts.get(key) ?? 1) - 1;
        if (left === 0) counts.delete(key);
        else counts.set(key, left);
      };
      leaves.set(place, leave);
      socket.once('close', leave);
      return true;
    },
    admitted: (socket) => leaves.get(placeOf(socket))?.(),
  };
}

/** A TLS socket and the one under it are the same place. */
function placeOf({ remoteAddress = '', remotePort = 0 }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
