/** A command of ours, and a station that answers it in every way. */
import { stationId } from '../../solver/index.js';
import type { OutboxCommand, StationCommand } from '../../src/ocpp/messages.js';
import { hostileFrame } from './hostile-frames.js';
import { type Finding, inspect } from './inspect.js';
import { NOW_MS } from './line-under-test.js';
import { mutated, rawText } from './mutate.js';
import { payloadFor } from './schema-payload.js';
import { STATION_ACTIONS } from './shipped-schemas.js';
import { type Batch, type BatchSetup, settle } from './station-batch.js';
import { payloadOf, pickOf } from './station-frames.js';

/** Conversations have a few calls; whoever asks more than this never ends. */
const ROUNDS_MAX = 12;

/** `seq` must be new for the station. */
export async function commandBatch(setup: BatchSetup, seq: number): Promise<Batch> {
  const { dice, line, tally } = setup;
  const command = anyCommand(setup);
  tally(`commands.${command.kind}`);
  line.dispatch(rowOf(command, seq));
  const frames: string[] = [];
  const findings: Finding[] = [];
  let ends = 0;
  for (let round = 0; round < ROUNDS_MAX && ends === 0; round += 1) {
    await settle(() => line.sentCount() > 0);
    const outcome = line.drain();
    findings.push(...inspect(outcome));
    ends += outcome.events.filter((it) => it.type === 'command.answered' && it.seq === seq).length;
    const calls = outcome.sent.map((text) => JSON.parse(text) as unknown[]);
    for (const [type, id, action, payload] of calls) {
      if (type !== 2) continue;
      const flaw = setup.oracle.request(String(action), payload);
      if (flaw !== undefined) findings.push({ rule: 'invalid-call', detail: `${action}: ${flaw}` });
      const isLast = round >= ROUNDS_MAX / 2;
      const reply = isLast ? errorReply(String(id)) : anyReply(setup, String(id), String(action));
      frames.push(reply, errorReply(String(id)));
      line.feed(reply);
      // What was no answer is followed by one, so that every call ends.
      if (dice.chance(0.5)) await settle(() => line.sentCount() > 0);
      line.feed(errorReply(String(id)));
      tally('frames.answer');
      tally('frames.answer');
    }
    if (!line.isOpen()) line.reopen();
  }
  await settle(() => true);
  const rest = line.drain();
  ends += rest.events.filter((it) => it.type === 'command.answered' && it.seq === seq).length;
  if (ends !== 1) findings.push({ rule: 'command-end', detail: `${command.kind}: ${ends} ends` });
  return { frames, findings: [...findings, ...inspect(rest)] };
}

function anyCommand({ dice, line, messages }: BatchSetup): StationCommand {
  const action = pickOf(dice, [...messages.requests.keys()].filter(isOurs(line.version)));
  const schema = messages.requests.get(action);
  const call: StationCommand = {
    kind: 'call',
    action,
    payload: schema === undefined ? {} : (payloadFor(dice, schema, 'any') as object),
  };
  return pickOf<StationCommand>(dice, [
    call,
    call,
    call,
    { kind: 'get-composite-schedule', evseNumber: 1, durationSec: 600, unit: 'A' },
    { kind: 'get-composite-schedule', evseNumber: 1, durationSec: 600, unit: 'W' },
    { kind: 'read-variables' },
    { kind: 'configure-sampling', intervalSec: 60 },
    { kind: 'remote-start', evseNumber: 1, idToken: 'TAG' },
    { kind: 'remote-stop', transactionId: '7' },
    { kind: 'trigger-message', message: 'status', evseNumber: 1 },
    { kind: 'clear-charging-profile', criteria: { evseNumber: 1, purpose: 'tx-default' } },
  ]);
}

const isOurs =
  (version: BatchSetup['line']['version']) =>
  (action: string): boolean =>
    action === 'DataTransfer' || !STATION_ACTIONS[version].includes(action);

function anyReply({ dice, messages }: BatchSetup, id: string, action: string): string {
  const schema = messages.responses.get(action);
  const right = payloadOf(dice, schema);
  const kind = dice.int(0, 9);
  if (kind < 3) return rawText([3, id, right]);
  if (kind < 8) return rawText([3, id, mutated(dice, right)]);
  return kind === 8 ? rawText([4, id, mutated(dice, 'NotSupported'), 7]) : hostileFrame(dice, id);
}

const errorReply = (id: string): string => JSON.stringify([4, id, 'GenericError', 'no', {}]);

function rowOf(command: StationCommand, seq: number): OutboxCommand {
  return {
    siteId: 'site',
    stationId: stationId('CP1'),
    epoch: 1,
    seq,
    command,
    priority: 'normal',
    createdAtMs: NOW_MS,
    expiresAtMs: NOW_MS + 60_000,
  };
}
