/**
 * From a verified webhook to committed signals, each webhook id once, each sequence only upwards.
 * The id is remembered after the commit: a crash in between lets the sender's retry through, and
 * the sequence then makes it harmless. The other order could lose a signal.
 */
import { signalId } from '../../solver/index.js';
import type { Signal } from '../signals/signal.js';
import type { Site } from '../sites/site.js';
import { orUnavailable } from './api-errors.js';
import type { ApiContext } from './context.js';
import type { ParsedSignal } from './parse-signals.js';
import { type Change, write } from './write.js';

export interface Delivery {
  readonly site: Site;
  readonly issuer: { readonly id: string; readonly name: string };
  readonly webhookId: string;
  readonly documents: readonly ParsedSignal[];
}

export interface SignalAnswerBody {
  accepted: number;
  duplicate?: boolean;
  superseded?: boolean;
}

export function signalIntake(api: ApiContext): (delivery: Delivery) => Promise<SignalAnswerBody> {
  const running = new Map<string, Promise<unknown>>();
  /** Highest sequence committed by this process, which the engine may not have folded in yet. */
  const committed = new Map<string, number>();

  const isNewer = (site: Site, issuer: string, { type, sequence }: ParsedSignal): boolean => {
    const known = [...(api.engine.state(site.id)?.signals.values() ?? [])]
      .filter((signal) => signal.issuer === issuer && signal.type === type)
      .map((signal) => signal.sequence);
    const own = committed.get(`${site.id} ${issuer} ${type}`);
    return sequence > Math.max(-1, own ?? -1, ...known);
  };

  const take = async (delivery: Delivery): Promise<SignalAnswerBody> => {
    const { site, issuer, webhookId } = delivery;
    const nowMs = api.clock.nowMs();
    if (await orUnavailable(api.store.issuers.knowsWebhook(issuer.id, webhookId))) {
      return { accepted: 0, duplicate: true };
    }
    let accepted = 0;
    for (const document of delivery.documents) {
      if (!isNewer(site, issuer.name, document)) continue;
      const signal = signalOf(delivery, document, nowMs);
      await write(api, changeOf(signal), () =>
        api.engine.submit(site.id, { type: 'signal.received', signal }),
      );
      committed.set(`${site.id} ${issuer.name} ${signal.type}`, signal.sequence);
      accepted += 1;
    }
    await orUnavailable(api.store.issuers.rememberWebhook(issuer.id, webhookId, api.realNowMs()));
    return accepted === 0 ? { accepted, superseded: true } : { accepted };
  };

  return (delivery) => {
    const before = running.get(delivery.issuer.id) ?? Promise.resolve();
    const mine = before.then(() => take(delivery));
    running.set(
      delivery.issuer.id,
      mine.catch(() => undefined),
    );
    return mine;
  };
}

/** The same issuer, type and sequence is the same signal, however often it is committed. */
function signalOf({ site, issuer }: Delivery, document: ParsedSignal, nowMs: number): Signal {
  return {
    ...document,
    id: signalId(`${issuer.id}:${document.type}:${document.sequence}`),
    siteId: site.id,
    tenantId: site.tenantId,
    issuer: issuer.name,
    receivedAtMs: nowMs,
  };
}

function changeOf(signal: Signal): Change {
  return {
    tenantId: signal.tenantId,
    siteId: signal.siteId,
    actor: `issuer:${signal.issuer}`,
    action: 'signal.received',
    target: `signal:${signal.id}`,
    after: { type: signal.type, sequence: signal.sequence, endsAtMs: signal.endsAtMs },
  };
}
