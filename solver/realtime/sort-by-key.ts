/** Sorts indices in place by ascending key, stably: a merge sort without a comparator call. */
export function sortByKey(indices: Int32Array, keys: Float64Array): Int32Array {
  if (isSorted(indices, keys)) return indices;
  let from: Int32Array = indices;
  let to: Int32Array = new Int32Array(indices.length);
  for (let width = 1; width < indices.length; width *= 2) {
    for (let start = 0; start < indices.length; start += 2 * width) {
      mergeRuns(from, to, keys, start, width);
    }
    [from, to] = [to, from];
  }
  if (from !== indices) indices.set(from);
  return indices;
}

function isSorted(indices: Int32Array, keys: Float64Array): boolean {
  for (let at = 1; at < indices.length; at += 1) {
    if ((keys[indices[at] as number] as number) < (keys[indices[at - 1] as number] as number)) {
      return false;
    }
  }
  return true;
}

function mergeRuns(
  from: Int32Array,
  to: Int32Array,
  keys: Float64Array,
  start: number,
  width: number,
): void {
  const middle = Math.min(start + width, from.length);
  const end = Math.min(start + 2 * width, from.length);
  let left = start;
  let right = middle;
  for (let at = start; at < end; at += 1) {
    const takeLeft =
      left < middle &&
      (right >= end ||
        (keys[from[left] as number] as number) <= (keys[from[right] as number] as number));
    to[at] = (takeLeft ? from[left] : from[right]) as number;
    if (takeLeft) left += 1;
    else right += 1;
  }
}
