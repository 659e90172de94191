/**
 * A WebSocket client that loses whole OCPP frames: an outgoing one before the socket, an incoming
 * one after it. Nobody is told, so that the timeouts of both sides run as they would.
 */
import { RPCClient } from 'ocpp-rpc';

/** Asked once for each frame; true: this one is lost. */
export type FrameLoss = (direction: 'in' | 'out') => boolean;

export class LossyClient extends RPCClient {
  readonly #isLost: FrameLoss;

  constructor(options: ConstructorParameters<typeof RPCClient>[0], isLost: FrameLoss) {
    super(options);
    this.#isLost = isLost;
  }

  override sendRaw(message: string): void {
    if (!this.#isLost('out')) super.sendRaw(message);
  }

  protected override _attachWebsocket(
    ...attached: Parameters<RPCClient['_attachWebsocket']>
  ): void {
    const [socket] = attached;
    const emit = socket.emit.bind(socket);
    socket.emit = (event: string | symbol, ...values: unknown[]) =>
      event === 'message' && this.#isLost('in') ? true : emit(event, ...values);
    super._attachWebsocket(...attached);
  }
}
