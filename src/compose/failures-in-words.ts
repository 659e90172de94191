/** Why the service did not start, for whoever reads its standard error. */
import { CpmsError } from '../platform/errors.js';

/** A wrong setting is told in words; what nobody foresaw with its stack. */
export function failureText(error: unknown): string {
  if (error instanceof CpmsError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

const LISTEN_FAILURES: Readonly<Record<string, string>> = {
  EADDRINUSE: 'is in use by another program',
  EACCES: 'may not be opened by this user',
  EADDRNOTAVAIL: 'cannot be opened: the address of --host is not of this machine',
};

/** For the failure of a `listen`: says which flag to change. */
export function namePort(flag: '--port' | '--ocpp-port', port: number): (cause: unknown) => never {
  return (cause) => {
    const failure = LISTEN_FAILURES[(cause as NodeJS.ErrnoException).code ?? ''];
    if (failure === undefined) throw cause;
    const message = `${flag}: port ${port} ${failure}; choose another, 0 for a free one`;
    throw new CpmsError('config-invalid', message, { retriable: true, cause });
  };
}
