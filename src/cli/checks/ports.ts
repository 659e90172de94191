/** Are the two ports free, or who holds them? */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { type CheckResult, failed, ok } from './check.js';

interface Port {
  readonly name: string;
  readonly flag: string;
  readonly host: string;
  readonly port: number;
}

const ANSWER_TIMEOUT_MS = 3_000;

/** A service of ours that runs already holds both, and that is as it should be. */
export async function checkPorts(settings: {
  readonly host: string;
  readonly port: number;
  readonly ocppPort: number;
}): Promise<readonly CheckResult[]> {
  const { host, port, ocppPort } = settings;
  const isRunning = port !== 0 && (await answersLikeUs(host, port));
  const ports = [
    { name: 'HTTP port', flag: '--port', host, port },
    { name: 'OCPP port', flag: '--ocpp-port', host, port: ocppPort },
  ];
  return Promise.all(ports.map((it) => checkPort(it, isRunning)));
}

async function checkPort(at: Port, isRunning: boolean): Promise<CheckResult> {
  const { name, flag, host, port } = at;
  if (port === 0) return ok(name, 'any free one');
  const code = await tryToListen(host, port);
  if (code === undefined) return ok(name, `${port} is free`);
  if (code !== 'EADDRINUSE') {
    return failed(name, `${host}:${port} cannot be opened: ${code}`, `choose another by ${flag}`);
  }
  const holder = holderOf(port);
  const by = holder === undefined ? '' : ` by process ${holder.pid} (${holder.command})`;
  if (isRunning) return ok(name, `${port} is in use${by}, a Busbar that answers`);
  const fix = `end it, or choose another by ${flag}`;
  return failed(name, `${port} is in use${by || ' by another program'}`, fix);
}

async function answersLikeUs(host: string, port: number): Promise<boolean> {
  const reachable = ['0.0.0.0', '::'].includes(host) ? '127.0.0.1' : host;
  const name = reachable.includes(':') ? `[${reachable}]` : reachable;
  try {
    const signal = AbortSignal.timeout(ANSWER_TIMEOUT_MS);
    const body: unknown = await (await fetch(`http://${name}:${port}/livez`, { signal })).json();
    return typeof body === 'object' && body !== null && 'eventLoopLagMs' in body;
  } catch {
    // Nothing there, or something that does not speak as we do.
    return false;
  }
}

/** Undefined: the port could be opened, and was closed again. */
function tryToListen(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ host, port }, () => server.close(() => resolve(undefined)));
  });
}

interface Holder {
  readonly pid: number;
  readonly command: string;
}

/** Linux only, and only processes that this user may look at. */
function holderOf(port: number): Holder | undefined {
  try {
    const inodes = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((path) => listeners(path, port));
    const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
    const pid = pids.find((name) => holdsOne(name, inodes));
    if (pid === undefined) return undefined;
    const [command = ''] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0', 1);
    return { pid: Number(pid), command: command.split('/').at(-1) ?? command };
  } catch {
    // No /proc: said without a name.
    return undefined;
  }
}

/** Inodes of the sockets that listen on a port (state 0A). */
function listeners(path: string, port: number): readonly string[] {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return readFileSync(path, 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[1]?.endsWith(wanted) === true && fields[3] === '0A')
    .flatMap((fields) => fields[9] ?? []);
}

function holdsOne(pid: string, inodes: readonly string[]): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => {
      const inode = /^socket:\[(\d+)\]$/.exec(readlink(`/proc/${pid}/fd/${fd}`))?.[1];
      return inode !== undefined && inodes.includes(inode);
    });
  } catch {
    // It ended, or belongs to another user.
    return false;
  }
}

function readlink(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    // Closed while we looked.
    return '';
  }
}
