/** Looks at processes of other programs: is this pid alive, and is it still the one we mean? */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 20;

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  return !isZombie(pid);
}

/** True when it ended within the time. */
export async function waitForEnd(pid: number, timeoutMs: number): Promise<boolean> {
  const endMs = performance.now() + timeoutMs;
  while (isAlive(pid)) {
    if (performance.now() > endMs) return false;
    await sleep(POLL_MS);
  }
  return true;
}

/** The command line, or '' when it cannot be read. */
export function commandLine(pid: number): string {
  if (existsSync('/proc/self/cmdline')) {
    return readProc(pid, 'cmdline').replaceAll('\0', ' ');
  }
  return spawnSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' }).stdout ?? '';
}

/** Distinguishes two processes that had the same pid, also over a reboot; '' where unknown. */
export function startMark(pid: number): string {
  if (existsSync('/proc/self/stat')) {
    const startTicks = statFields(pid)[STAT_START];
    return startTicks === undefined ? '' : `${readBootId()}:${startTicks}`;
  }
  const { stdout } = spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' });
  return (stdout ?? '').trim();
}

/** Fields of /proc/pid/stat after the name, which may itself hold spaces (proc(5)). */
const STAT_STATE = 0;
const STAT_START = 19;

function statFields(pid: number): readonly string[] {
  const stat = readProc(pid, 'stat');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

/** Dead, and its parent (a container's first process, often) has not collected it. */
function isZombie(pid: number): boolean {
  return statFields(pid)[STAT_STATE] === 'Z';
}

function readBootId(): string {
  return readText('/proc/sys/kernel/random/boot_id').trim();
}

function readProc(pid: number, file: string): string {
  return readText(`/proc/${pid}/${file}`);
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
