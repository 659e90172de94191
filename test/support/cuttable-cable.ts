/** A network cable between a station and the service that a test can unplug. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface Cable {
  readonly port: number;
  unplug(): void;
  plug(): void;
  close(): Promise<void>;
}

export async function cableTo(port: number): Promise<Cable> {
  const sockets = new Set<Socket>();
  let isPlugged = true;
  const server = createServer((near) => {
    if (!isPlugged) return void near.destroy();
    const far = connect(port, '127.0.0.1');
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on('error', () => undefined);
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
      from.pipe(to);
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const drop = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    unplug() {
      isPlugged = false;
      drop();
    },
    plug() {
      isPlugged = true;
    },
    async close() {
      drop();
      server.close();
      await once(server, 'close');
    },
  };
}
