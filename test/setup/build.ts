/** Builds the programs that tests start as processes; what is up to date is left as it is. */
import { spawnSync } from 'node:child_process';
import type { TestProject } from 'vitest/node';

export default function buildPrograms(project: TestProject): void {
  build();
  project.onTestsRerun(async () => build());
}

/** Throws with what the compiler said. */
function build(): void {
  const { status, stdout } = spawnSync('node_modules/.bin/tsc', ['-b'], {
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  if (status !== 0) throw new Error(`the programs under test do not compile:\n${stdout}`);
}
