/** The newest smart-charging test of one station, and what is known of its kind. */
import { ApiError, cancelTest, readNewestTest, readStation, startTest } from './api';
import type { StationOverview, StationTest, TestPart } from './wire';

const RUNNING_EVERY_MS = 1000;
const IDLE_EVERY_MS = 5000;

export function createStationTest(stationId: string) {
  let test = $state.raw<StationTest>();
  let station = $state.raw<StationOverview>();
  let isRead = $state(false);
  /** Why nothing could be read. */
  let lost = $state('');
  /** Why what was asked for was not done. */
  let refused = $state('');
  let busy = $state(false);
  let isOver = false;
  let timer: ReturnType<typeof setTimeout> | undefined;

  async function look(): Promise<void> {
    clearTimeout(timer);
    try {
      const newest = await readNewestTest(stationId);
      const hasEnded = test?.status === 'running' && newest?.status !== 'running';
      test = newest;
      // The card changes when a test has ended; trust and form may at any time.
      if (station === undefined || hasEnded || newest?.status !== 'running') {
        station = await readStation(stationId);
      }
      lost = '';
    } catch (error) {
      lost = error instanceof Error ? error.message : String(error);
    }
    isRead = true;
    if (!isOver)
      timer = setTimeout(look, test?.status === 'running' ? RUNNING_EVERY_MS : IDLE_EVERY_MS);
  }

  async function ask(what: () => Promise<StationTest>): Promise<void> {
    busy = true;
    refused = '';
    try {
      test = await what();
    } catch (error) {
      refused =
        error instanceof ApiError && error.status === 403
          ? 'You may look, but neither start nor cancel a test.'
          : error instanceof Error
            ? error.message
            : String(error);
    } finally {
      busy = false;
      void look();
    }
  }

  $effect(() => {
    void look();
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  });

  return {
    start: (evseId: string, parts: readonly TestPart[]): Promise<void> =>
      ask(() => startTest(stationId, { evseId, parts })),
    cancel: (number: number): Promise<void> => ask(() => cancelTest(stationId, number)),
    get test() {
      return test;
    },
    get station() {
      return station;
    },
    get isRead() {
      return isRead;
    },
    get lost() {
      return lost;
    },
    get refused() {
      return refused;
    },
    get busy() {
      return busy;
    },
  };
}
