/**
 * The site's dense matrix while it is factored: c -= X' X for many X, then c = L L'. In WebAssembly
 * where the platform has it, else in plain JavaScript; the two agree within rounding.
 */
import { factorCholesky, factorDiagonal, finishBlock } from './cholesky.js';
import { GRAM_STEP, subtractGram } from './gram.js';
import { simdModuleBytes } from './simd-module.js';
import { openModule } from './wasm-port.js';

export interface DenseKernel {
  /** Takes the lower triangle of `matrix`, row-major with stride n and room for GRAM_STEP rows. */
  readonly load: (matrix: Float64Array, n: number) => void;
  /** As `subtractGram`, on the matrix that was loaded. */
  readonly subtractGram: (
    at: number,
    x: Float64Array,
    rowCount: number,
    width: number,
    firstRow: Int32Array,
  ) => void;
  /** matrix := c, as loaded and changed since. */
  readonly store: (matrix: Float64Array) => void;
  /** matrix := L, as `factorCholesky`. */
  readonly factor: (matrix: Float64Array) => void;
}

interface SimdExports {
  readonly memory: { readonly buffer: ArrayBuffer; readonly grow: (pages: number) => number };
  readonly gram: (
    c: number,
    stride: number,
    xi: number,
    xj: number,
    xStride: number,
    rows: number,
    tiles: number,
  ) => void;
  readonly tile: (i: number, j: number, stride: number, pairs: number, out: number) => void;
}

const BYTES = 8;
const PAGE_BYTES = 65_536;
/** Two halves of each of nine sums. */
const TILE_SUMS = 18;

/** Memory and machine code live as long as the kernel: one for all programs, used by one at a time. */
export function createDenseKernel(): DenseKernel {
  const simd = openModule<SimdExports>(simdModuleBytes());
  return simd === undefined ? plainKernel() : simdKernel(simd);
}

export function plainKernel(): DenseKernel {
  let c = new Float64Array(0);
  let n = 0;
  return {
    load: (matrix, order) => {
      c = matrix as Float64Array<ArrayBuffer>;
      n = order;
    },
    subtractGram: (at, x, rowCount, width, firstRow) =>
      subtractGram(c, n, at, x, rowCount, width, firstRow),
    // It works on the matrix that was loaded.
    store: () => undefined,
    factor: () => factorCholesky(c, n),
  };
}

/** In memory: sums of a tile, the matrix, X. */
function simdKernel({ memory, gram, tile }: SimdExports): DenseKernel {
  let heap = new Float64Array(memory.buffer);
  let n = 0;
  let xStart = 0;
  const reserve = (count: number): void => {
    if (count <= heap.length) return;
    memory.grow(Math.ceil((count * BYTES) / PAGE_BYTES) - (heap.length * BYTES) / PAGE_BYTES);
    heap = new Float64Array(memory.buffer);
  };
  return {
    load: (matrix, order) => {
      n = order;
      xStart = TILE_SUMS + n * (n + GRAM_STEP) + GRAM_STEP;
      reserve(xStart);
      heap.set(matrix.subarray(0, n * (n + GRAM_STEP)), TILE_SUMS);
    },
    subtractGram: (at, x, rowCount, width, firstRow) => {
      reserve(xStart + rowCount * width);
      heap.set(x.subarray(0, rowCount * width), xStart);
      for (let i = 0; i < width; i += GRAM_STEP) {
        const from = firstRow[i / GRAM_STEP] as number;
        if (from >= rowCount) continue;
        const row = BYTES * (xStart + from * width);
        const to = BYTES * (TILE_SUMS + (at + i) * n + at);
        const tiles = i / GRAM_STEP + 1;
        gram(to, BYTES * n, row + BYTES * i, row, BYTES * width, rowCount - from, tiles);
      }
    },
    store: (matrix) => matrix.set(heap.subarray(TILE_SUMS, TILE_SUMS + n * n)),
    factor: (matrix) => {
      const c = heap.subarray(TILE_SUMS, xStart);
      factorWithTiles(c, n, heap, tile);
      matrix.set(c.subarray(0, n * n));
    },
  };
}

/** As `factorCholesky`, with the sums of each 3 x 3 tile by `tile`. */
function factorWithTiles(
  c: Float64Array,
  n: number,
  sums: Float64Array,
  tile: SimdExports['tile'],
): void {
  let largest = 0;
  for (let i = 0; i < n; i += 1) largest = Math.max(largest, c[i * n + i] as number);
  const blocks = n - (n % 3);
  for (let i = 0; i < n; i += 3) {
    const size = i < blocks ? 3 : n - i;
    for (let j = 0; j < i; j += 3) {
      const pairs = j >> 1;
      if (pairs > 0) {
        const start = BYTES * TILE_SUMS;
        tile(start + BYTES * i * n, start + BYTES * j * n, BYTES * n, pairs, 0);
      } else sums.fill(0, 0, TILE_SUMS);
      finishBlock(c, n, i, j, size, sums);
    }
    factorDiagonal(c, n, i, size, largest);
  }
}
