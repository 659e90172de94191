/** The one door by which this service calls URLs that somebody typed in. */

export interface OutboundRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** For the whole exchange, real ms. */
  readonly timeoutMs: number;
}

export interface OutboundAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Cut at 64 KiB. */
  readonly body: string;
}

/**
 * https and public addresses only; `BUSBAR_OUTBOUND_ALLOW` (a list of CIDR ranges) opens others, and
 * http to them. The name is resolved once and the address checked is the address called. Redirects are
 * not followed. Throws `outbound-refused` (never retriable) or `outbound-failed` (retriable).
 */
export interface Outbound {
  send(request: OutboundRequest): Promise<OutboundAnswer>;
}
