/** The smallest of many changing keys: a tournament over their indices, O(log n) per change. */
export interface MinTree {
  readonly keys: Float64Array;
  /** winner[node] is the index of the smallest key below the node; leaves start at leafCount. */
  readonly winner: Int32Array;
  readonly leafCount: number;
}

/** All keys start at Infinity. */
export function startMinTree(count: number): MinTree {
  let leafCount = 1;
  while (leafCount < count) leafCount *= 2;
  const winner = new Int32Array(2 * leafCount);
  for (let leaf = 0; leaf < leafCount; leaf += 1) winner[leafCount + leaf] = leaf;
  const tree = { keys: new Float64Array(leafCount).fill(Infinity), winner, leafCount };
  playAll(tree);
  return tree;
}

/** Names the winners anew, after keys were written all at once. O(n). */
export function playAll({ keys, winner, leafCount }: MinTree): void {
  for (let node = leafCount - 1; node > 0; node -= 1) {
    const left = winner[2 * node] as number;
    const right = winner[2 * node + 1] as number;
    winner[node] = (keys[right] as number) < (keys[left] as number) ? right : left;
  }
}

/** Index of the smallest key, the lowest such index on ties. */
export function smallestIndex(tree: MinTree): number {
  return tree.winner[1] as number;
}

export function setKey({ keys, winner, leafCount }: MinTree, index: number, key: number): void {
  keys[index] = key;
  let node = (leafCount + index) >> 1;
  while (node > 0) {
    const left = winner[2 * node] as number;
    const right = winner[2 * node + 1] as number;
    winner[node] = (keys[right] as number) < (keys[left] as number) ? right : left;
    node >>= 1;
  }
}
