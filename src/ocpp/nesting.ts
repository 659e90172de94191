const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** `[` and `{`; `]` and `}`. */
const OPENS = new Set([0x5b, 0x7b]);
const CLOSES = new Set([0x5d, 0x7d]);

/**
 * True when a JSON text nests deeper than this, found without parsing it: no OCPP message has more than
 * a dozen levels, and whoever walks a thousand of them runs out of stack.
 */
export function nestsDeeperThan(text: string, depthMax: number): boolean {
  let depth = 0;
  let isInText = false;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (isInText && code === BACKSLASH) at += 1;
    else if (code === QUOTE) isInText = !isInText;
    else if (isInText) continue;
    else if (OPENS.has(code)) depth += 1;
    else if (CLOSES.has(code)) depth -= 1;
    if (depth > depthMax) return true;
  }
  return false;
}
