/**
 * A pure function of an immutable object, computed once for each. The answer lives as long as the
 * object and belongs to its identity, so that it can never be stale.
 *
 * Precondition: neither the argument nor the answer is ever changed in place.
 */
export function memoized<Key extends object, Value>(compute: (key: Key) => Value) {
  const known = new WeakMap<Key, { readonly value: Value }>();
  // Asked for the same again and again, as for a site's settings, it needs no look into the map.
  let last: { readonly key: Key; readonly value: Value } | undefined;
  return (key: Key): Value => {
    if (last?.key === key) return last.value;
    let found = known.get(key);
    if (found === undefined) {
      found = { value: compute(key) };
      known.set(key, found);
    }
    last = { key, value: found.value };
    return found.value;
  };
}
