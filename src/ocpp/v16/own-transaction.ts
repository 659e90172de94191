import type { HandlerContext } from '../handler.js';

/** A transaction of this station, as a message of it named it. */
export interface OwnTransaction {
  readonly transactionId: string;
  readonly evseNumber: number;
}

/**
 * The transaction that a 1.6 station means, or undefined when the number is absent, 0 or -1 (offline
 * starts and clock-aligned values of some firmware) or belongs to another station.
 */
export async function ownTransaction(
  transactionId: number | undefined,
  context: HandlerContext,
): Promise<OwnTransaction | undefined> {
  if (transactionId === undefined || transactionId <= 0) return undefined;
  const evseNumber = await context.findTransactionEvse(String(transactionId));
  return evseNumber === undefined
    ? undefined
    : { transactionId: String(transactionId), evseNumber };
}
