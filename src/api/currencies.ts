/** Prices and a demand charge of a site are told in one currency: what cannot be compared is no plan. */
import { currencyOf } from '../signals/prices.js';
import type { Signal } from '../signals/signal.js';
import { invalid } from './problem.js';

/** Of prices that are not over; undefined where none are known. */
export function priceCurrency(signals: Iterable<Signal>, nowMs: number): string | undefined {
  return currencyOf([...signals].filter((it) => it.endsAtMs > nowMs));
}

/** Throws `invalid` at the pointer of what is told. */
export function refuseOtherCurrency(
  currencies: { readonly demandCharge: string | undefined; readonly prices: string | undefined },
  pointer: string,
): void {
  const { demandCharge, prices } = currencies;
  if (demandCharge === undefined || prices === undefined || demandCharge === prices) return;
  throw invalid(
    pointer,
    `the demand charge is in ${demandCharge} and the prices are in ${prices}: both must be in one ` +
      'currency; to change it, set demandCharge to null, tell the prices, then the demand charge',
  );
}
