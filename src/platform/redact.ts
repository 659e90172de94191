/** Keeps secrets out of logs and printed configuration. */

const REDACTED = '[redacted]';

/** Names whose value is never shown, wherever they stand. */
const SECRET_NAME =
  /^(?:.*(?:password|secret|apikey|api_key|authorization|privatekey)|(?:access|refresh|bearer|id)?token|cookie|set-cookie|mac|secretmac|key)$/i;

/** Deeper values are cut: a log line is a line. */
const DEPTH_MAX = 6;

/** The same value with secrets replaced; errors become plain data. */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= DEPTH_MAX) return '[deep]';
  if (value instanceof Error) return redactError(value, depth);
  if (Buffer.isBuffer(value)) return `[${value.length} bytes]`;
  if (value instanceof Date) return value;
  if (value instanceof Map) return redact(Object.fromEntries(value), depth);
  if (value instanceof Set) return redact([...value], depth);
  if (Array.isArray(value)) return value.map((item) => redact(item, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [
      name,
      SECRET_NAME.test(name) && item !== undefined ? REDACTED : redact(item, depth + 1),
    ]),
  );
}

/** Line ends that JSON leaves as they are, control characters, marks that turn the writing. */
const UNSHOWABLE = /[\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/** Hides the password of URLs and keys of ours inside running text, and what would forge a line. */
export function redactText(text: string): string {
  return text
    .replace(UNSHOWABLE, ' ')
    .replace(/(\b[a-z][a-z0-9+.-]*:\/\/[^/\s:@]*):[^/\s]*@/gi, `$1:${REDACTED}@`)
    .replace(/\bbb_([0-9a-f]+)_[A-Za-z0-9_-]+/g, `bb_$1_${REDACTED}`);
}

function redactError(error: Error, depth: number): unknown {
  const code = 'code' in error ? { code: redact(error.code, depth + 1) } : {};
  const cause = error.cause === undefined ? {} : { cause: redact(error.cause, depth + 1) };
  const stack = error.stack === undefined ? {} : { stack: redactText(error.stack) };
  return { name: error.name, message: redactText(error.message), ...code, ...stack, ...cause };
}
