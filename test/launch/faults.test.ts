import { expect, test } from 'vitest';
import { callTimeouts, checkFaults, collectFault, faultNames } from '../../launch/faults.js';

const SITE = { stations: [{ id: 'CP01' }, { id: 'A:B' }] };

test('a fault names its kind and its station, or every station', () => {
  const faults = ['drop:CP01', 'amnesia', 'late:A:B'].reduce<ReturnType<typeof collectFault>>(
    (before, text) => collectFault(text, before),
    [],
  );
  expect(faults).toEqual([
    { kind: 'drop', stationId: 'CP01' },
    { kind: 'amnesia' },
    { kind: 'late', stationId: 'A:B' },
  ]);
  expect(faultNames(faults)).toEqual(['drop:CP01', 'amnesia', 'late:A:B']);
  expect(() => checkFaults(faults, SITE)).not.toThrow();
});

test('an unknown kind or station is told what there is', () => {
  for (const text of ['strike:CP01', '', 'drop:', 'toString:CP01']) {
    expect(() => collectFault(text, []), text).toThrow(/drop .*\n(.*\n)*.*reboot/);
  }
  expect(() => checkFaults([{ kind: 'drop', stationId: 'CP02' }], SITE)).toThrow(
    'there is no station CP02; the site has CP01, A:B',
  );
});

test('timeouts last as long in site time as in the field, and a second at least', () => {
  expect(callTimeouts(1)).toEqual({ serviceMs: 10_000, stationMs: 30_000 });
  expect(callTimeouts(5)).toEqual({ serviceMs: 2000, stationMs: 6000 });
  expect(callTimeouts(20)).toEqual({ serviceMs: 1000, stationMs: 1500 });
  expect(callTimeouts(0.5)).toEqual({ serviceMs: 10_000, stationMs: 30_000 });
});
