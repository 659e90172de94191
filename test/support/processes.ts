/** The process table, for tests that look for what was left behind. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';

export interface ProcessRow {
  readonly pid: number;
  readonly parentPid: number;
  readonly command: string;
}

/** All processes; a Linux without `ps` is read through /proc. */
export function processTable(): readonly ProcessRow[] {
  if (existsSync('/proc/self/stat')) {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .flatMap((name) => readProcess(Number(name)));
  }
  const listed = execFileSync('ps', ['-axo', 'pid=,ppid=,command='], { encoding: 'utf8' });
  return listed.split('\n').flatMap((line) => {
    const [, pid, parentPid, command] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    if (command === undefined) return [];
    return [{ pid: Number(pid), parentPid: Number(parentPid), command }];
  });
}

/** Empty when it ended while we looked. */
function readProcess(pid: number): readonly ProcessRow[] {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
    const parentPid = Number(/^PPid:\t(\d+)$/m.exec(status)?.[1]);
    return [{ pid, parentPid, command }];
  } catch {
    return [];
  }
}
