/**
 * A pure function of an immutable object, computed once for each. The answer lives as long as the
 * object and belongs to its identity, so that it can never be stale.
 *
 * Precondition: neither the argument nor the answer is ever changed in place.
 */
export function memoized<Key extends object, Value>(compute: (key: Key) => Value) {
  const known = new WeakMap<Key, { readonly value: Value }>();
  return (key: Key): Value => {
    const found = known.get(key);
    if (found !== undefined) return found.value;
    const value = compute(key);
    known.set(key, { value });
    return value;
  };
}
