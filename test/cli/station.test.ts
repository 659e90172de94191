import { expect, test } from 'vitest';
import { listStations } from '../../src/cli/station.js';

test('lists the stations of every page', async () => {
  const asked: string[] = [];
  const pages = [
    { items: [{ id: 'A', siteId: 's', stage: 'ready' }], next: 'n1' },
    { items: [{ id: 'B', siteId: 's', stage: 'offline' }] },
  ];
  const api = {
    url: 'http://127.0.0.1',
    async get(path: string) {
      asked.push(path);
      return pages[asked.length - 1];
    },
    post: () => Promise.reject(new Error('not asked')),
    upload: () => Promise.reject(new Error('not asked')),
  };
  const results: unknown[] = [];
  const output = {
    isJson: true,
    result: (value: unknown) => void results.push(value),
    progress: () => undefined,
    paint: (_: unknown, text: string) => text,
  };
  await listStations(api, output, 's');
  expect(asked).toEqual([
    '/v1/charging-stations?limit=500&siteId=s',
    '/v1/charging-stations?limit=500&siteId=s&after=n1',
  ]);
  expect(results).toMatchObject([{ items: [{ id: 'A' }, { id: 'B' }] }]);
});
