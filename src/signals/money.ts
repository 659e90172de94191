/** Money as decimal text on the wire, whole micro-units within. */

/** Up to 999.999999 units, either sign. */
export const MONEY_PATTERN = '^-?\\d{1,3}(\\.\\d{1,6})?$';

/** Precondition: the text matches `MONEY_PATTERN`. */
export function microsOf(text: string): number {
  return Math.round(Number(text) * 1_000_000);
}

/** Without zeros that say nothing. */
export function moneyText(micros: number): string {
  const rounded = Math.round(micros);
  const sign = rounded < 0 ? '-' : '';
  const digits = String(Math.abs(rounded)).padStart(7, '0');
  const fraction = digits.slice(-6).replace(/0+$/, '');
  return `${sign}${digits.slice(0, -6)}${fraction === '' ? '' : `.${fraction}`}`;
}
