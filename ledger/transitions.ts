/** What each fact does to an EVSE's ledger: pure, (entry, fact) -> entry. */
import { type Amps, amps, assert } from '../solver/index.js';
import { coalesce, covers, merged } from './coalesce.js';
import { ownSettings } from './own-settings.js';
import { FLIGHT_MAX_SEC, flightOverAtMs } from './flight.js';
import { shapedCommand, shapedEntry } from './shape.js';
import type {
  EvseLedger,
  LedgerSettings,
  OnePhase,
  PhaseCredit,
  PossibleCommand,
} from './types.js';
import { commandEndsAtMs } from './worst-case.js';

export interface PlannedCommand {
  readonly seq: number;
  readonly grantA: Amps;
  readonly boundaryAtMs: number;
  readonly tailA: Amps;
  readonly steps?: PossibleCommand['steps'];
  readonly phases?: 1 | undefined;
  /** When its row is written; without it the command can never be a fence. */
  readonly plannedAtMs?: number;
}

export type AnswerOutcome =
  | 'accepted'
  | 'rejected'
  | 'error'
  | 'not-supported'
  | 'timeout'
  | 'closed'
  /** The gateway dropped it; by its sequence rule it can never be written later. */
  | 'not-sent';

export interface Answer {
  readonly seq: number;
  readonly outcome: AnswerOutcome;
  readonly atMs: number;
}

/** R2: counted from before the call leaves. The caller stores the entry before sending. */
export function planned(entry: EvseLedger, command: PlannedCommand): EvseLedger {
  const newestSeq = newestCommand(entry)?.seq;
  assert(newestSeq === undefined || command.seq > newestSeq, `seq ${command.seq} is not new`);
  const added = shapedCommand({ ...command, state: 'unanswered' });
  return withCommands(entry, [...entry.commands, added]);
}

/**
 * The end of a call. Only `accepted` lowers W, and only for commands that the station handled
 * before this one (R1). Precondition, I5: on one connection a call is written when the one before
 * it has ended, and ends are reported in that order. An answer to a command that is not in the
 * list, or was merged, or is already settled, changes nothing.
 */
export function answered(entry: EvseLedger, answer: Answer, settings: LedgerSettings): EvseLedger {
  const command = entry.commands.find(({ seq }) => seq === answer.seq);
  if (command === undefined || command.merged === true) return entry;
  if (command.state !== 'unanswered' && command.state !== 'unknown') return entry;
  switch (answer.outcome) {
    case 'not-sent':
      return withCommands(
        entry,
        entry.commands.filter((other) => other !== command),
      );
    case 'accepted':
      return acceptedAt(entry, command, answer.atMs, settings);
    // R10: an answer other than Accepted leaves {old, new, none} possible, exactly as none does.
    case 'rejected':
    case 'error':
    case 'not-supported':
    case 'timeout':
    case 'closed':
      return replaced(entry, command, unknownSince(command, answer.atMs));
  }
}

/**
 * R1: everything older that was accepted counts until this one has settled. R3: older unknown and
 * unanswered ones stay, the station may still apply them from its own queue, after this one.
 * So when a later command was already accepted, or this one was given up and a later one was
 * planned, nobody knows which of the two was applied last: it stays unknown and supersedes nothing.
 */
function acceptedAt(
  entry: EvseLedger,
  command: PossibleCommand,
  atMs: number,
  settings: LedgerSettings,
): EvseLedger {
  const later = entry.commands.filter(({ seq }) => seq > command.seq);
  const inOrder =
    command.state === 'unanswered'
      ? later.every(({ state }) => state === 'unanswered' || state === 'unknown')
      : later.length === 0;
  if (!inOrder) return replaced(entry, command, unknownSince(command, atMs));
  const countsUntilMs = atMs + ownSettings(entry, settings).settleSec * 1000;
  return withCommands(
    entry,
    entry.commands.map((other): PossibleCommand => {
      if (other === command) return shapedCommand({ ...command, state: 'accepted' });
      if (other.state !== 'accepted' || other.seq > command.seq) return other;
      const isUnshown = entry.replacesUnshown === true;
      // What the new one covers adds nothing to W, but may still be what is followed.
      if (isUnshown && !covers(command, other)) {
        return shapedCommand({ ...unknownSince(other, atMs), held: true });
      }
      const held = isUnshown ? true : other.held;
      return shapedCommand({ ...other, state: 'superseded', countsUntilMs, held });
    }),
  );
}

/**
 * A ClearChargingProfile for our profile of the transaction, planned as `seq` after its end, was
 * answered Accepted or Unknown: what had been accepted before it counts until settled. So do unknown
 * commands whose flight was over when it was planned; others stay to their own end (R3, R10).
 */
export function cleared(
  entry: EvseLedger,
  clear: { readonly seq: number; readonly atMs: number; readonly plannedAtMs?: number },
  settings: LedgerSettings,
): EvseLedger {
  const countsUntilMs = clear.atMs + ownSettings(entry, settings).settleSec * 1000;
  const plannedAtMs = clear.plannedAtMs ?? Number.NEGATIVE_INFINITY;
  // What was superseded before settles as it did: a later clear does not make it count again.
  const isOver = (command: PossibleCommand): boolean =>
    command.state === 'accepted' ||
    (command.state === 'unknown' && command.held === true) ||
    flightOverAtMs(command) <= plannedAtMs;
  return withCommands(
    entry,
    entry.commands.map((command): PossibleCommand => {
      if (command.seq > clear.seq) return command;
      // Nothing of it is followed: a limit that is shown later is none of these.
      if (isOver(command)) {
        return shapedCommand({ ...command, state: 'superseded', countsUntilMs, held: undefined });
      }
      return command.state === 'superseded'
        ? shapedCommand({ ...command, held: undefined })
        : command;
    }),
  );
}

/**
 * R3's fence: the composite schedule read at `atMs` showed the accepted command `seq`. Unknown
 * commands before it whose flight was over when it was planned have been applied earlier or never
 * will be: they count until `atMs` + settle. What it may hold in the place of another (R10) is no such command:
 * where its lease is over, or has not begun by a wrong clock, both show the same. Nothing else changes.
 */
export function fenced(
  entry: EvseLedger,
  fence: { readonly seq: number; readonly atMs: number },
  settings: LedgerSettings,
): EvseLedger {
  const shown = entry.commands.find(({ seq }) => seq === fence.seq);
  if (shown?.state !== 'accepted' || shown.plannedAtMs === undefined) return entry;
  const plannedAtMs = shown.plannedAtMs;
  const countsUntilMs = fence.atMs + ownSettings(entry, settings).settleSec * 1000;
  return withCommands(
    entry,
    entry.commands.map((command) => {
      if (command.state !== 'unknown' || command.seq > fence.seq) return command;
      if (flightOverAtMs(command) > plannedAtMs) return command;
      if (command.held === true) return command;
      return shapedCommand({ ...command, state: 'superseded', countsUntilMs });
    }),
  );
}

/**
 * R1: the composite schedule read at `atMs` showed the newest accepted command in force: those accepted
 * before it are gone. With `isProof` one of them had been shown in force before, and nothing else can
 * have taken it away: from now on an acknowledgement is enough.
 */
export function replacementShown(
  entry: EvseLedger,
  { atMs, isProof }: { readonly atMs: number; readonly isProof: boolean },
  settings: LedgerSettings,
): EvseLedger {
  const settleMs = ownSettings(entry, settings).settleSec * 1000;
  const commands = entry.commands.map((command): PossibleCommand => {
    if (command.held !== true) return command;
    if (command.state !== 'unknown') return shapedCommand({ ...command, held: undefined });
    const countsUntilMs = atMs + settleMs;
    return shapedCommand({ ...command, held: undefined, state: 'superseded', countsUntilMs });
  });
  const after = withCommands(entry, commands);
  return isProof ? shapedEntry({ ...after, replacesUnshown: undefined }) : after;
}

/** R10: the newest accepted command was not put in the place of an older one: that one (`seq`) holds. */
export function replacementKept(
  entry: EvseLedger,
  { seq, atMs }: { readonly seq: number; readonly atMs: number },
): EvseLedger {
  const newest = newestAccepted(entry);
  const before = entry.commands.find((it) => it.seq === seq && it.held === true);
  if (newest === undefined || before === undefined) return entry;
  const obeyed = shapedCommand({
    ...before,
    state: 'accepted',
    held: undefined,
    unknownSinceMs: undefined,
    countsUntilMs: undefined,
  });
  return withCommands(
    entry,
    entry.commands.map((command): PossibleCommand => {
      if (command === newest) return unknownSince(command, atMs);
      return command === before ? obeyed : command;
    }),
  );
}

/** R0: after a boot, reset or firmware change nothing is known but what may still be held. */
export function booted(entry: EvseLedger): EvseLedger {
  return shapedEntry({
    ...entry,
    fallbackIdleA: undefined,
    fallbackSettlesAtMs: undefined,
    leaseShown: false,
    steps: entry.steps === 'shown' ? 'unread' : entry.steps,
    clockLate: undefined,
    onePhase: entry.onePhase === undefined ? undefined : unread(entry.onePhase),
  });
}

function unread(onePhase: OnePhase): OnePhase {
  const wasShown = onePhase.shown || onePhase.unread === true;
  return { ...onePhase, shown: false, ...(wasShown ? { unread: true as const } : {}) };
}

/**
 * R0: F0 was read back since the last boot, at `atMs`. It may have been installed a moment before, under
 * a vehicle that drew the hardware maximum: like any decrease it counts once settled (R1).
 */
export function fallbackShown(
  entry: EvseLedger,
  shown: { readonly fallbackIdleA: Amps; readonly atMs: number },
  settings: LedgerSettings,
): EvseLedger {
  const { fallbackIdleA, atMs } = shown;
  const { fallbackIdleA: knownA } = entry;
  if (knownA !== undefined && fallbackIdleA >= knownA) {
    return shapedEntry({ ...entry, fallbackIdleA });
  }
  const settleMs = ownSettings(entry, settings).settleSec * 1000;
  return shapedEntry({ ...entry, fallbackIdleA, fallbackSettlesAtMs: atMs + settleMs });
}

/** R6: a composite schedule showed a lease boundary within the skew budget. */
export function leaseShown(entry: EvseLedger): EvseLedger {
  return shapedEntry({ ...entry, leaseShown: true, clockLate: undefined });
}

/** R6: whether a composite schedule showed the steps of a lease, or left them out. */
export function stepsRead(entry: EvseLedger, steps: 'shown' | 'ignored'): EvseLedger {
  return shapedEntry({ ...entry, steps });
}

/** R12: measured on fewer phases than it is wired to, until then; `undefined` takes it away. */
export function creditedOn(entry: EvseLedger, phaseCredit: PhaseCredit | undefined): EvseLedger {
  return entry.phaseCredit === phaseCredit ? entry : shapedEntry({ ...entry, phaseCredit });
}

/** R9: it draws more than it was granted; `measuredA` where somebody knows how much. */
export function distrusted(entry: EvseLedger, measuredA?: number): EvseLedger {
  const mostA = Math.max(entry.measuredMaxA ?? 0, measuredA ?? 0);
  const measuredMaxA = mostA > 0 ? amps(mostA) : undefined;
  return shapedEntry({ ...entry, distrusted: true, measuredMaxA });
}

/** What it drew before counts no more. */
export function trusted(entry: EvseLedger): EvseLedger {
  return shapedEntry({ ...entry, distrusted: false, measuredMaxA: undefined });
}

/**
 * Our own restart: a call that was under way may have left, or may yet leave from a process that is
 * not dead yet; but not after its row has expired, at the latest a flight time after `atMs`.
 */
export function restarted(entry: EvseLedger, atMs?: number): EvseLedger {
  const unknownSinceMs = atMs === undefined ? undefined : atMs + FLIGHT_MAX_SEC * 1000;
  const unknown = (command: PossibleCommand): PossibleCommand =>
    shapedCommand({ ...command, state: 'unknown', unknownSinceMs });
  return withCommands(
    entry,
    entry.commands.map((it) => (it.state === 'unanswered' ? unknown(it) : it)),
  );
}

/**
 * Drops superseded commands whose time is over and merges unknown ones whose lease is over. Those
 * are kept as one: after a boot with a wrong clock a station may hold an old grant to be valid
 * again, and then it counts until a lease has been shown (R6). Past its end an unknown command
 * counts only by its tail, and without shown leases by its grant for ever; both are maxima, so that
 * the merge leaves W exactly as it was.
 */
export function expired(given: EvseLedger, nowMs: number, settings: LedgerSettings): EvseLedger {
  const entry = withoutSettled(given, nowMs);
  const own = ownSettings(entry, settings);
  let residue: PossibleCommand | undefined;
  const kept: PossibleCommand[] = [];
  for (const command of entry.commands) {
    if (command.countsUntilMs !== undefined && command.countsUntilMs <= nowMs) continue;
    if (command.state === 'unknown' && commandEndsAtMs(command, own) <= nowMs) {
      residue = residue === undefined ? command : merged(residue, command);
    } else kept.push(command);
  }
  if (residue !== undefined) kept.push(residue);
  if (kept.length === entry.commands.length) return entry;
  return shapedEntry({ ...entry, commands: kept.sort((a, b) => a.seq - b.seq) });
}

function withoutSettled(entry: EvseLedger, nowMs: number): EvseLedger {
  if (entry.fallbackSettlesAtMs === undefined || entry.fallbackSettlesAtMs > nowMs) return entry;
  return shapedEntry({ ...entry, fallbackSettlesAtMs: undefined });
}

/**
 * What the station should be obeying: the newest accepted command, else F0, else (F0 not read
 * back) whatever its hardware can do.
 */
export function inForce(entry: EvseLedger, nowMs: number): Amps {
  const command = newestAccepted(entry);
  if (command !== undefined) return valueAt(command, nowMs);
  return entry.fallbackIdleA ?? entry.currentMaxA;
}

/** What a command asks for at `atMs`, by a clock that is right. */
export function valueAt(command: PossibleCommand, atMs: number): Amps {
  if (atMs >= command.boundaryAtMs) return command.tailA;
  return command.steps?.findLast(({ fromMs }) => fromMs <= atMs)?.currentA ?? command.grantA;
}

/** Until when a command asks for what it begins with. */
export function firstEndMs({ steps, boundaryAtMs }: PossibleCommand): number {
  return steps?.[0]?.fromMs ?? boundaryAtMs;
}

export function newestCommand(entry: EvseLedger): PossibleCommand | undefined {
  let newest: PossibleCommand | undefined;
  for (const command of entry.commands) {
    if (newest === undefined || command.seq > newest.seq) newest = command;
  }
  return newest;
}

export function newestAccepted(entry: EvseLedger): PossibleCommand | undefined {
  return entry.commands.findLast(({ state }) => state === 'accepted');
}

function unknownSince(command: PossibleCommand, atMs: number): PossibleCommand {
  const unknownSinceMs = command.unknownSinceMs ?? atMs;
  return shapedCommand({ ...command, state: 'unknown', unknownSinceMs });
}

function replaced(entry: EvseLedger, old: PossibleCommand, by: PossibleCommand): EvseLedger {
  return withCommands(
    entry,
    entry.commands.map((command) => (command === old ? by : command)),
  );
}

function withCommands(entry: EvseLedger, commands: readonly PossibleCommand[]): EvseLedger {
  return shapedEntry({ ...entry, commands: coalesce(commands) });
}
