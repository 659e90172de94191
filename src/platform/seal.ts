/** Secrets that must be read again (webhook HMAC keys) are stored sealed: AES-256-GCM. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { CpmsError } from './errors.js';

const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

export interface Sealed {
  /** 32 bytes. */
  readonly key: Buffer;
  /** What the secret belongs to; a sealed value moved to another row does not open. */
  readonly owner: string;
}

/** nonce | tag | ciphertext. */
export function seal(plain: Buffer, { key, owner }: Sealed): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(Buffer.from(owner, 'utf8'));
  const text = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), text]);
}

/** Throws `secret-unreadable` when the key is another one or the value was changed. */
export function unseal(sealed: Buffer, { key, owner }: Sealed): Buffer {
  try {
    const nonce = sealed.subarray(0, NONCE_BYTES);
    const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(Buffer.from(owner, 'utf8'));
    decipher.setAuthTag(sealed.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
    return Buffer.concat([
      decipher.update(sealed.subarray(NONCE_BYTES + TAG_BYTES)),
      decipher.final(),
    ]);
  } catch (cause) {
    throw new CpmsError('secret-unreadable', `the secret of ${owner} does not open`, {
      retriable: false,
      cause,
    });
  }
}
