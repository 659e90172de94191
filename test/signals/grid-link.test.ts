import { describe, expect, test } from 'vitest';
import { signalId, siteId, watts } from '../../solver/index.js';
import {
  failsafeSignal,
  heard,
  HEARTBEAT_LOST_MS,
  linkAt,
  openLink,
} from '../../src/signals/grid-link.js';

const NOW_MS = 1_750_000_000_000;
const heartbeat = { type: 'heartbeat', receivedAtMs: Number.POSITIVE_INFINITY } as const;
const limit = { type: 'import-limit', receivedAtMs: Number.POSITIVE_INFINITY } as const;

/** Heard a heartbeat and a limit at `NOW_MS`. */
const linked = () => heard(heard(openLink(NOW_MS), limit, NOW_MS), heartbeat, NOW_MS);

describe('I4: the grid link', () => {
  test('begins in failsafe and is there on a heartbeat and a limit, whichever comes first', () => {
    const open = openLink(NOW_MS);
    expect(open.failsafeSinceMs).toBe(NOW_MS);
    expect(heard(open, heartbeat, NOW_MS + 1).failsafeSinceMs).toBe(NOW_MS);
    expect(heard(open, limit, NOW_MS + 1).failsafeSinceMs).toBe(NOW_MS);
    expect(linked().failsafeSinceMs).toBeUndefined();
    const other = heard(heard(open, heartbeat, NOW_MS), limit, NOW_MS + 60_000);
    expect(other.failsafeSinceMs).toBeUndefined();
  });

  test('is lost 120 s after the last heartbeat, however many limits come', () => {
    const later = heard(linked(), limit, NOW_MS + 100_000);
    expect(linkAt(later, NOW_MS + HEARTBEAT_LOST_MS - 1).failsafeSinceMs).toBeUndefined();
    expect(linkAt(later, NOW_MS + HEARTBEAT_LOST_MS).failsafeSinceMs).toBe(NOW_MS + 120_000);
  });

  test.each([
    ['heartbeats alone', [heartbeat, heartbeat], true],
    ['limits alone', [limit, limit], true],
    ['a heartbeat and a limit', [heartbeat, limit], false],
    ['a limit and a heartbeat', [limit, heartbeat], false],
  ])('a failsafe after %s', (_name, signals, holds) => {
    const atMs = NOW_MS + 10_000_000;
    const after = signals.reduce((link, it, index) => heard(link, it, atMs + index), linked());
    expect(after.failsafeSinceMs !== undefined).toBe(holds);
  });

  test('a limit of before the failsafe does not end it, nor a heartbeat that is old by then', () => {
    const before = heard(linked(), limit, NOW_MS + 119_000);
    expect(heard(before, heartbeat, NOW_MS + 130_000).failsafeSinceMs).toBe(NOW_MS + 120_000);
    const early = heard(linkAt(linked(), NOW_MS + 130_000), heartbeat, NOW_MS + 130_000);
    expect(heard(early, limit, NOW_MS + 251_000).failsafeSinceMs).toBeDefined();
  });

  test('a heartbeat counts from its receipt, however late it is looked at', () => {
    const late = { ...heartbeat, receivedAtMs: NOW_MS + 1000 };
    expect(heard(linked(), late, NOW_MS + 100_000).lastHeartbeatAtMs).toBe(NOW_MS + 1000);
    expect(heard(linked(), late, NOW_MS + 200_000).failsafeSinceMs).toBe(NOW_MS + 120_000);
  });

  test('says its limit ahead, from when the link would be lost', () => {
    const site = { siteId: siteId('site'), tenantId: 'main' };
    const config = { issuer: 'grid', failsafeLimitW: watts(4200), scope: 'total-import' } as const;
    expect(failsafeSignal(site, config, linked())).toMatchObject({
      id: signalId('failsafe'),
      type: 'import-limit',
      series: [{ atMs: NOW_MS + 120_000, value: 4200 }],
    });
  });
});
