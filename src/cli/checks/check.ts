/** What every check of `busbar doctor` answers. */

/** `none`: there is nothing to check in this configuration. */
export type CheckStatus = 'ok' | 'warning' | 'failed' | 'none';

export interface CheckResult {
  readonly name: string;
  readonly status: CheckStatus;
  /** What was found, in words with figures. */
  readonly found: string;
  /** What to do; on warnings and failures. */
  readonly fix?: string;
}

export const ok = (name: string, found: string): CheckResult => ({ name, status: 'ok', found });
export const none = (name: string, found: string): CheckResult => ({ name, status: 'none', found });
export const warning = (name: string, found: string, fix: string): CheckResult => ({
  name,
  status: 'warning',
  found,
  fix,
});
export const failed = (name: string, found: string, fix: string): CheckResult => ({
  name,
  status: 'failed',
  found,
  fix,
});
