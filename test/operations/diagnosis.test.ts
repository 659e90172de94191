import { createRequire } from 'node:module';
import { describe, expect, test } from 'vitest';
import { amps, circuitId } from '../../solver/index.js';
import { closeInWords } from '../../src/operations/close-words.js';
import { diagnose, type SessionFacts } from '../../src/operations/diagnosis.js';
import { errorInWords, stopInWords } from '../../src/operations/error-codes.js';

const MIN_MS = 60_000;
const START_MS = Date.UTC(2026, 4, 1, 8);
const at = (minute: number): number => START_MS + minute * MIN_MS;

const facts = (more: Partial<SessionFacts> = {}): SessionFacts => ({
  nowMs: at(60),
  pluggedInAtMs: at(0),
  isOver: true,
  endedAtMs: at(10),
  refusals: [],
  statuses: [],
  offline: [],
  limits: [],
  ...more,
});
const started = (more: Partial<SessionFacts> = {}): SessionFacts =>
  facts({ startedAtMs: at(2), energyWh: 0, ...more });

describe('a session is told in words', () => {
  test.each<readonly [string, SessionFacts, string]>([
    [
      'charged',
      started({ energyWh: 7200, stopReason: 'Local' }),
      '7.2 kWh were delivered; the driver',
    ],
    ['running', started({ isOver: false }), 'the session is not over'],
    [
      'authorisation-refused',
      facts({ refusals: [{ atMs: at(1), status: 'Blocked' }] }),
      'authorisation refused: token blocked',
    ],
    [
      'authorisation-refused',
      started({ stopReason: 'DeAuthorized', refusals: [{ atMs: at(2), status: 'Expired' }] }),
      'authorisation refused: token expired',
    ],
    ['never-authorised', facts(), 'plugged in for 10 min, but never authorised'],
    [
      'station-fault',
      started({ statuses: [{ atMs: at(3), status: 'faulted', errorCode: 'GroundFailure' }] }),
      'the station reported GroundFailure',
    ],
    [
      'station-fault',
      started({ statuses: [{ atMs: at(3), status: 'faulted' }] }),
      'the station reported a fault without naming one',
    ],
    [
      'stopped-by-fault',
      started({ stopReason: 'EmergencyStop' }),
      'the transaction ended: the emergency stop was pressed',
    ],
    [
      'limit-zero',
      started({
        limits: [
          {
            atMs: at(-30),
            limitA: 0,
            boundBy: {
              kind: 'admission',
              circuitId: circuitId('grid'),
              conductor: 'L1',
              queuePlace: 2,
            } as SessionFacts['limits'][number]['boundBy'],
          },
        ],
      }),
      'the limit was 0 A the whole time: waiting turn',
    ],
    [
      'unlocked-at-once',
      started({ endedAtMs: at(2) + 20_000, stopReason: 'UnlockCommand' }),
      'the cable was unlocked 20 s after the start',
    ],
    [
      'unlocked-at-once',
      started({ endedAtMs: at(2) + 5_000, stopReason: 'EVDisconnected' }),
      'the cable was unplugged 5 s after the start',
    ],
    [
      'stopped-early',
      started({ endedAtMs: at(2) + 30_000, stopReason: 'Remote' }),
      'stopped 30 s after the start: it was stopped from the back office',
    ],
    [
      'vehicle-never-asked',
      started({ statuses: [{ atMs: at(2), status: 'suspended-ev' }] }),
      'the vehicle never asked for energy in the 8 min after authorisation',
    ],
    [
      'station-held-back',
      started({ statuses: [{ atMs: at(2), status: 'suspended-evse' }] }),
      'the station held charging back for 8 min',
    ],
    [
      'station-offline',
      started({ offline: [{ fromMs: at(3), toMs: at(10) }] }),
      'the station was offline for 7 min of 8 min',
    ],
    [
      'unexplained',
      started({ statuses: [{ atMs: at(2), status: 'charging' }] }),
      'no energy in 8 min; nothing says why',
    ],
  ])('%s', (code, given, sentence) => {
    const told = diagnose(given);
    expect(told.code).toBe(code);
    expect(told.sentence).toContain(sentence);
    expect(told.succeeded).toBe(code === 'charged' || code === 'running');
  });

  test('a limit that was above zero for a while does not explain it', () => {
    const boundBy = { kind: 'evse', currentMaxA: amps(16) } as const;
    const limits = [
      { atMs: at(0), limitA: 0, boundBy },
      { atMs: at(5), limitA: 16, boundBy },
    ];
    expect(diagnose(started({ limits })).code).toBe('vehicle-never-asked');
  });

  test('a transaction without any register says so', () => {
    const { energyWh: _, ...silent } = started({
      statuses: [{ atMs: at(2), status: 'charging' }],
    });
    expect(diagnose(silent).code).toBe('no-meter');
  });
});

const require = createRequire(import.meta.url);
/** The words that a schema allows in a field, wherever it stands. */
function wordsOf(file: string, field: RegExp): string[] {
  const found = new Set<string>();
  const visit = (node: unknown, name: string): void => {
    if (typeof node !== 'object' || node === null) return;
    if ('enum' in node && Array.isArray(node.enum) && field.test(name)) {
      for (const word of node.enum) found.add(String(word));
    }
    for (const [key, inner] of Object.entries(node)) visit(inner, key);
  };
  visit(require(`ocpp-rpc/lib/schemas/${file}.json`), '');
  return [...found];
}

describe('codes of the standards', () => {
  const errors = wordsOf('ocpp1_6', /^errorCode$/);
  const stops16 = wordsOf('ocpp1_6', /^reason$/);
  const stops201 = wordsOf('ocpp2_0_1', /^ReasonEnumType$/);
  const stops21 = wordsOf('ocpp2_1', /^ReasonEnumType$/);

  test('are all there', () => {
    expect(errors.length).toBe(16);
    expect(stops16.length).toBe(11);
    expect(stops201.length).toBeGreaterThan(15);
    expect(stops21.length).toBeGreaterThanOrEqual(stops201.length);
  });

  test.each(errors)('the error %s has a sentence', (code) => {
    expect(errorInWords(code)).not.toContain('of its vendor');
  });

  test.each([...new Set([...stops16, ...stops201, ...stops21])])(
    'the reason %s has one',
    (code) => {
      expect(stopInWords(code)).not.toContain('gave the reason');
    },
  );

  test('a code of a vendor is named as one', () => {
    expect(errorInWords('E-4711')).toBe('the station reports E-4711, a code of its vendor');
  });
});

describe('the end of a connection', () => {
  test.each([
    [1006, '1006', 'the connection broke without a goodbye: network or power'],
    [1008, 'replaced by a newer connection', 'the same station connected again'],
    [1012, 'gateway stops', 'the service stopped or restarted'],
    [1001, 'idle', 'no message came for too long'],
    [1000, '1000 bye', 'closed in the ordinary way ("bye")'],
    [4321, '4321', 'closed with code 4321'],
    [undefined, undefined, 'closed without a reason'],
  ])('%s %s', (code, reason, words) => {
    expect(closeInWords(code, reason)).toBe(words);
  });
});
