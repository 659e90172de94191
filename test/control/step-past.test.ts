/** An answer on which the engine fails ends its command, as one that nobody heard. */
import { expect, test } from 'vitest';
import { worstCaseAt } from '../../ledger/index.js';
import type { PendingCommand, SiteEvent } from '../../src/control/state.js';
import { stepPast } from '../../src/control/step-past.js';
import { watts } from '../../solver/index.js';
import { charging, state, type World } from './charging-vehicle.js';
import { answer, feed, wait } from './ideal-station.js';

const HOLD_MS = 30_000;
/** The owner's limit, A on each phase. */
const LIMIT_A = 8;

/** Its next limit leaves, and its answer is one that no code was made for. */
function cut(world: World): PendingCommand {
  const { script } = world;
  script.reply = () => 'silent';
  const { site } = script.state;
  const importLimitW = watts(LIMIT_A * 253 * 3);
  const edited = { ...site, version: site.version + 1, importLimitW };
  feed(script, { type: 'site.edited', site: edited, actor: 'owner' });
  const sent = script.sent.findLast(({ purpose }) => purpose === 'grant');
  if (sent === undefined || !script.state.pending.has(sent.seq)) throw new Error('it leaves');
  return sent;
}

/** As the runner takes a row. */
function take({ script }: World, event: SiteEvent): readonly SiteEvent[] {
  const items = [{ seq: ++script.seq, event }];
  const past = stepPast(script.state, items, script.nowMs);
  script.state = past.result.state;
  script.nextWakeAtMs = past.result.nextWakeAtMs;
  script.effects.push(...past.result.effects);
  return past.items.map((it) => it.event);
}

test('R3 its command is lost, counts as unknown, and the EVSE goes on', () => {
  const world = charging();
  const { script } = world;
  const beforeA = worstCaseAt(state(world).ledger, script.nowMs, script.state.site.settings);
  const sent = cut(world);
  const broken = answer(script, sent, undefined as never);
  const [folded] = take(world, broken);
  expect(folded).toMatchObject({ type: 'event.set-aside', of: { seq: sent.seq } });
  expect(script.state.pending.has(sent.seq)).toBe(false);
  expect(script.effects).toContainEqual(
    expect.objectContaining({ type: 'command-lost', outcome: { status: 'closed' } }),
  );
  const told = state(world).ledger.commands.find(({ seq }) => seq === sent.seq);
  expect(told?.state).toBe('unknown');
  expect(worstCaseAt(state(world).ledger, script.nowMs, script.state.site.settings)).toBe(beforeA);
  const { length } = script.sent;
  script.reply = () => undefined;
  wait(script, HOLD_MS - 1000);
  expect(script.sent.slice(length).filter(({ purpose }) => purpose === 'grant')).toEqual([]);
  wait(script, 60_000);
  expect(script.sent.slice(length).some(({ purpose }) => purpose === 'grant')).toBe(true);
  expect(worstCaseAt(state(world).ledger, script.nowMs, script.state.site.settings)).toBe(LIMIT_A);
});
