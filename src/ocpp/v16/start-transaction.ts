import { transactionEvse } from '../evse-number.js';
import type { Handled, HandlerContext } from '../handler.js';
import { fromStation } from '../handler.js';
import { toldInstant } from '../instants.js';
import { shownToken } from '../shown-token.js';
import { idTagInfo } from './id-tag-info.js';

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
  const number = await context.transactionIdOf(fingerprint);
  const transactionId = String(number);
  const atMs = toldInstant(timestamp, context.receivedAtMs);
  const evseNumber = transactionEvse(connectorId, context);
  const ask = { idToken: idTag, purpose: 'start', evseNumber, transactionId, atMs } as const;
  const known = await context.authorize(ask);
  return {
    events: [
      {
        ...fromStation(context),
        type: 'transaction.started',
        evseNumber,
        transactionId,
        idToken: idTag,
        authorization: shownToken(idTag, known),
        meterStartWh: meterStart,
        atMs,
        offline: context.receivedAtMs - atMs > context.offlineAfterMs,
      },
    ],
    answer: { transactionId: number, idTagInfo: idTagInfo(known) },
  };
}
