/** What @peculiar/x509 wants of the Reflect object before it loads; import this first. */
const kept = new WeakMap<object, Map<unknown, unknown>>();
const read = (key: unknown, target: object): unknown => kept.get(target)?.get(key);

Object.assign(Reflect, {
  getMetadata: read,
  getOwnMetadata: read,
  defineMetadata(key: unknown, value: unknown, target: object) {
    kept.set(target, (kept.get(target) ?? new Map<unknown, unknown>()).set(key, value));
  },
});
