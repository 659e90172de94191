const ARMOUR = /-----(?:BEGIN|END)[A-Z ]{1,40}-----/g;
const LINE_LENGTH = 64;

/**
 * A certificate request as PEM has it. Stations send it with any line ends or none, some without its
 * first and last line, and the gateway makes spaces of control characters (frames.ts).
 */
export function requestPem(text: string): string {
  const base64 = text.replaceAll(ARMOUR, '').replaceAll(/\s/g, '');
  const lines = base64.match(new RegExp(`.{1,${LINE_LENGTH}}`, 'g')) ?? [];
  const label = 'CERTIFICATE REQUEST';
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n');
}
