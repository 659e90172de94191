/** The only door of the allocation engine. */
export * from './units.js';
export * from './problem.js';
export { assert } from './assert.js';
