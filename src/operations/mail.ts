/** Mail by the operator's own SMTP server. */
import { createTransport } from 'nodemailer';
import type { MailText } from './alert-text.js';

export interface Mail {
  /** Resolves when the server has taken the message over. */
  send(to: string, text: MailText, messageId: string): Promise<void>;
  close(): void;
}

export interface MailOptions {
  /** `smtp://user:password@host:port`, or `smtps://...`. */
  readonly url: string;
  readonly from: string;
}

/** Real ms; a server that takes longer is tried again later. */
const TIMEOUT_MS = 20_000;

export function createMail({ url, from }: MailOptions): Mail {
  const transport = createTransport({
    url,
    connectionTimeout: TIMEOUT_MS,
    greetingTimeout: TIMEOUT_MS,
    socketTimeout: TIMEOUT_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const host = from.split('@').at(-1) ?? 'localhost';
  return {
    async send(to, { subject, text }, messageId) {
      await transport.sendMail({ from, to, subject, text, messageId: `<${messageId}@${host}>` });
    },
    close: () => transport.close(),
  };
}
