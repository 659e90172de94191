/** The request id of a command: stations keep such numbers in 32 bits. */
export function requestNumber(seq: number): number {
  return seq % 2 ** 31;
}
