/** `busbar config print`: what is in effect and where it comes from; secrets hidden. */
import { explainConfig } from '../platform/config.js';
import { EXIT, type ExitCode, type Output, table } from './output.js';

export function printConfig(args: readonly string[], output: Output): ExitCode {
  const { entries, errors } = explainConfig({ args, env: process.env });
  const rows = entries.map(({ name, value, origin, env, flag }) => [
    name,
    value === undefined ? '-' : String(value),
    origin,
    env,
    `--${flag}`,
  ]);
  const head = ['SETTING', 'VALUE', 'FROM', 'VARIABLE', 'FLAG'];
  output.result({ settings: entries, errors }, () => table([head, ...rows]));
  for (const error of errors) output.progress(output.paint('red', error));
  return errors.length === 0 ? EXIT.ok : EXIT.checkFailed;
}
