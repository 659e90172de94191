import type { Operation } from './operation.js';

/** C11; 1.6 §5.4. */
export const clearCache: Operation = {
  path: 'clear-cache',
  summary: 'Empty the authorisation cache of a station',
  build: () => ({ action: 'ClearCache', payload: {} }),
};
