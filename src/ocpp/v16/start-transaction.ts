import type { Handled, HandlerContext } from '../handler.js';
import { fromStation } from '../handler.js';
import { parseInstant } from '../instants.js';

interface StartTransaction {
  readonly connectorId: number;
  readonly idTag: string;
  readonly meterStart: number;
  readonly timestamp: string;
}

/**
 * 1.6 §4.8. The same request again (a retry) gets the same transactionId. A refused token is answered
 * as refused, and the transaction exists all the same: the station may have started it offline.
 */
export async function startTransaction(
  payload: StartTransaction,
  context: HandlerContext,
): Promise<Handled> {
  const { connectorId, idTag, meterStart, timestamp } = payload;
  const fingerprint = [connectorId, timestamp, idTag, meterStart].join('|');
  const status = await context.authorize(idTag);
  const transactionId = await context.transactionIdOf(fingerprint);
  const atMs = parseInstant(timestamp) ?? context.receivedAtMs;
  return {
    events: [
      {
        ...fromStation(context),
        type: 'transaction.started',
        evseNumber: connectorId,
        transactionId: String(transactionId),
        idToken: idTag,
        meterStartWh: meterStart,
        atMs,
        offline: context.receivedAtMs - atMs > context.offlineAfterMs,
      },
    ],
    answer: { transactionId, idTagInfo: { status } },
  };
}
