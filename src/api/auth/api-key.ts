/** The shape of an API key in a request; keys are made and hashed in platform/credentials. */
const KEY_PATTERN = /^bb_[0-9a-f]{12}_[A-Za-z0-9_-]{32}$/;

/** The key of an `Authorization: Bearer bb_...` header; undefined when it is anything else. */
export function bearerKey(header: string | undefined): string | undefined {
  const token = header?.match(/^Bearer +(\S+)$/i)?.[1];
  return token !== undefined && KEY_PATTERN.test(token) ? token : undefined;
}
