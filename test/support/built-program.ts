/**
 * The programs under test as they are built and shipped; `test/setup/build.ts` builds them. From
 * source each start would cost three times the CPU.
 */
import { resolve } from 'node:path';

/** `src/main.ts` is `dist/src/main.js` of the checkout. */
export const builtProgram = (source: string): string =>
  resolve('dist', source.replace(/\.ts$/, '.js'));
