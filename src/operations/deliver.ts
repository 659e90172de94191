/**
 * Attempts one delivery of an alert. Its row says when it is due and how often it was tried; a job only
 * says that it is worth a look now.
 */
import { signWebhook } from '../signals/webhook.js';
import { CpmsError } from '../platform/errors.js';
import type { Log } from '../platform/ports.js';
import type { Outbound } from '../outbound/ports.js';
import type { ClaimedDelivery, DeliveryEnd } from '../store/operations/alert-ports.js';
import type { OperationsStore } from '../store/operations/ports.js';
import { type MailText, mailText, webhookBody } from './alert-text.js';
import type { Mail } from './mail.js';

export interface DeliverDeps {
  readonly log: Log;
  readonly store: Pick<OperationsStore, 'alerts'>;
  readonly outbound: Outbound;
  /** Absent: no SMTP server is configured. */
  readonly mail: Mail | undefined;
  /** Real wall clock, epoch ms. */
  realNowMs(): number;
}

const SEC_MS = 1000;
const MIN_MS = 60 * SEC_MS;
const HOUR_MS = 60 * MIN_MS;
/** The pauses that Standard Webhooks recommends. */
export const RETRY_DELAYS_MS: readonly number[] = [
  5 * SEC_MS,
  5 * MIN_MS,
  30 * MIN_MS,
  2 * HOUR_MS,
  5 * HOUR_MS,
  10 * HOUR_MS,
  14 * HOUR_MS,
  20 * HOUR_MS,
  24 * HOUR_MS,
];
const ANSWER_WITHIN_MS = 20_000;
/** Another process may take a delivery over that was not ended by then. */
const CLAIM_MS = 2 * MIN_MS;
const GONE = 410;

const ATTEMPTS_MAX = RETRY_DELAYS_MS.length + 1;

type Outcome =
  | { readonly kind: 'taken'; readonly status?: number }
  | { readonly kind: 'refused'; readonly status?: number; readonly error: string }
  | { readonly kind: 'failed'; readonly status?: number; readonly error: string };

/**
 * Resolves with when it is due again; undefined when it has ended or is not ours to attempt. At least
 * once: a process that dies in the middle leaves a claim that ends, and the same id and body are sent
 * again.
 */
export async function deliver(deps: DeliverDeps, id: string): Promise<number | undefined> {
  const { store, log, realNowMs } = deps;
  const { deliveries, channels } = store.alerts;
  const startedMs = realNowMs();
  const delivery = await deliveries.claim(id, startedMs, startedMs + CLAIM_MS);
  if (delivery === undefined) return undefined;
  const outcome = refusal(deps, delivery) ?? (await send(deps, delivery, startedMs));
  const end = endOf(outcome, delivery.attempts, realNowMs());
  if (outcome.kind !== 'taken' && outcome.status === GONE) {
    await channels.disable(delivery.channel.id, 'the receiver answered 410 Gone');
  }
  if (end.state === 'failed') log.warn({ delivery: id, error: end.error }, 'alert not delivered');
  await deliveries.end(id, delivery.attempts, end, realNowMs());
  return end.state === 'waiting' ? end.dueAtMs : undefined;
}

/** What is wrong before anything is sent. */
function refusal({ mail }: DeliverDeps, delivery: ClaimedDelivery): Outcome | undefined {
  const { channel, attempts, secrets } = delivery;
  const refused = (error: string): Outcome => ({ kind: 'refused', error });
  if (attempts > ATTEMPTS_MAX) return refused(`given up: ${ATTEMPTS_MAX} attempts had no end`);
  if (channel.disabledAtMs !== undefined) {
    return refused(`the channel is disabled: ${channel.disabledReason ?? ''}`);
  }
  if (channel.kind === 'mail' && mail === undefined) {
    return refused('no SMTP server is configured (BUSBAR_SMTP_URL)');
  }
  if (channel.kind === 'webhook' && secrets.length === 0) {
    return refused('the secret of the channel cannot be opened: replace it');
  }
  return undefined;
}

/** What is sent is kept before it is sent: whatever happens then, a repeat has the same body. */
async function send(deps: DeliverDeps, delivery: ClaimedDelivery, nowMs: number): Promise<Outcome> {
  const isMail = delivery.channel.kind === 'mail';
  const made = (): string =>
    isMail ? JSON.stringify(mailText(delivery)) : webhookBody(delivery, nowMs);
  const payload = delivery.payload ?? made();
  if (delivery.payload === undefined) {
    await deps.store.alerts.deliveries.keepPayload(delivery.id, payload);
  }
  return isMail ? byMail(deps, delivery, payload) : byWebhook(deps, delivery, { payload, nowMs });
}

async function byMail(
  { mail }: DeliverDeps,
  { id, channel }: ClaimedDelivery,
  payload: string,
): Promise<Outcome> {
  try {
    await mail?.send(channel.target, JSON.parse(payload) as MailText, id);
    return { kind: 'taken' };
  } catch (error) {
    const status = statusOf(error);
    // RFC 5321: 5yz is a permanent no.
    const kind = (status.status ?? 0) >= 500 ? 'refused' : 'failed';
    return { kind, ...status, error: String(error) };
  }
}

function statusOf(error: unknown): { readonly status?: number } {
  const isReply = typeof error === 'object' && error !== null && 'responseCode' in error;
  return isReply && typeof error.responseCode === 'number' ? { status: error.responseCode } : {};
}

/** The id is that of the delivery in every attempt, so that a receiver knows a repeat. */
async function byWebhook(
  { outbound }: DeliverDeps,
  { id, channel, secrets }: ClaimedDelivery,
  { payload, nowMs }: { readonly payload: string; readonly nowMs: number },
): Promise<Outcome> {
  const timestamp = String(Math.floor(nowMs / SEC_MS));
  const raw = Buffer.from(payload);
  const signatures = secrets.map((it) => signWebhook(id, timestamp, raw, it));
  try {
    const { status } = await outbound.send({
      method: 'POST',
      url: channel.target,
      body: payload,
      timeoutMs: ANSWER_WITHIN_MS,
      headers: {
        'content-type': 'application/json',
        'webhook-id': id,
        'webhook-timestamp': timestamp,
        'webhook-signature': signatures.join(' '),
      },
    });
    if (status >= 200 && status < 300) return { kind: 'taken', status };
    const kind = status === GONE ? 'refused' : 'failed';
    return { kind, status, error: `the receiver answered ${status}` };
  } catch (error) {
    const isFinal = error instanceof CpmsError && !error.retriable;
    const text = error instanceof Error ? error.message : String(error);
    return { kind: isFinal ? 'refused' : 'failed', error: text };
  }
}

/** @param attempts made so far, this one included */
function endOf(outcome: Outcome, attempts: number, nowMs: number): DeliveryEnd {
  const status = outcome.status === undefined ? {} : { status: outcome.status };
  if (outcome.kind === 'taken') return { state: 'delivered', ...status };
  const { error } = outcome;
  const pauseMs = RETRY_DELAYS_MS[attempts - 1];
  if (outcome.kind === 'refused' || pauseMs === undefined) {
    return { state: 'failed', ...status, error };
  }
  return { state: 'waiting', ...status, error, dueAtMs: nowMs + pauseMs };
}
