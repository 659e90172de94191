/**
 * The bytes of a WebAssembly module with two inner loops on pairs of doubles (SIMD). They are written
 * here instruction by instruction, because each is twenty lines and a compiler would be a dependency.
 *
 *   gram(c, stride, xi, xj, xStride, rows, tiles)
 *     for each tile of 4 x 4: c -= X_i' X_j; c and xj move on by four columns
 *   tile(i, j, stride, pairs, out)
 *     out[3 a + b] = sum over `pairs` pairs of columns of row_(i + a) row_(j + b), as two halves
 *
 * Pointers and strides are bytes.
 */
import {
  add,
  ALIGN,
  constant,
  countDown,
  END,
  F64X2_ADD,
  F64X2_MUL,
  F64X2_SUB,
  functionOf,
  get,
  HEADER,
  I32,
  I32_ADD,
  leb,
  load,
  LOOP,
  name,
  section,
  set,
  V128,
  V128_LOAD64_SPLAT,
  V128_STORE,
  V128_ZERO,
} from './wasm-code.js';

/** accumulator += one * other */
const accumulate = (accumulator: number, one: number, other: number): number[] =>
  set(accumulator, ...get(accumulator), ...get(one), ...get(other), ...F64X2_MUL, ...F64X2_ADD);

function gramBody(): number[] {
  const [c, stride, xi, xj, xStride, rows, tiles] = [0, 1, 2, 3, 4, 5, 6] as const;
  const [p, q, k, row] = [7, 8, 9, 10] as const;
  const [left, right, one] = [11, 12, 13] as const;
  const sum = (a: number, half: number): number => 14 + 2 * a + half;
  const four = [0, 1, 2, 3];
  const step = [
    ...set(left, ...load(q, 0)),
    ...set(right, ...load(q, 16)),
    ...four.flatMap((a) => [
      ...set(one, ...get(p), ...V128_LOAD64_SPLAT, ALIGN, ...leb(8 * a)),
      ...accumulate(sum(a, 0), one, left),
      ...accumulate(sum(a, 1), one, right),
    ]),
    ...add(p, ...get(xStride)),
    ...add(q, ...get(xStride)),
    ...countDown(k),
  ];
  const subtract = (a: number, half: number): number[] => [
    ...get(row),
    ...load(row, 16 * half),
    ...get(sum(a, half)),
    ...F64X2_SUB,
    ...V128_STORE,
    ALIGN,
    ...leb(16 * half),
  ];
  const body = [
    ...four.flatMap((a) => [...set(sum(a, 0), ...V128_ZERO), ...set(sum(a, 1), ...V128_ZERO)]),
    ...set(p, ...get(xi)),
    ...set(q, ...get(xj)),
    ...set(k, ...get(rows)),
    ...LOOP,
    ...step,
    END,
    ...set(row, ...get(c)),
    ...four.flatMap((a) => [...subtract(a, 0), ...subtract(a, 1), ...add(row, ...get(stride))]),
    ...add(c, ...constant(32)),
    ...add(xj, ...constant(32)),
    ...countDown(tiles),
  ];
  return functionOf([4, I32, 11, V128], [...LOOP, ...body, END]);
}

function tileBody(): number[] {
  const [i, j, stride, pairs, out] = [0, 1, 2, 3, 4] as const;
  const rowI = (a: number): number => (a === 0 ? i : 4 + a);
  const rowJ = (b: number): number => (b === 0 ? j : 6 + b);
  const x = (a: number): number => 9 + a;
  const y = 12;
  const sum = (a: number, b: number): number => 13 + 3 * a + b;
  const three = [0, 1, 2];
  const step = [
    ...three.flatMap((a) => set(x(a), ...load(rowI(a), 0))),
    ...three.flatMap((b) => [
      ...set(y, ...load(rowJ(b), 0)),
      ...three.flatMap((a) => accumulate(sum(a, b), x(a), y)),
    ]),
    ...three.flatMap((a) => [...add(rowI(a), ...constant(16)), ...add(rowJ(a), ...constant(16))]),
    ...countDown(pairs),
  ];
  const rows = [1, 2].flatMap((a) => [
    ...set(rowI(a), ...get(rowI(a - 1)), ...get(stride), I32_ADD),
    ...set(rowJ(a), ...get(rowJ(a - 1)), ...get(stride), I32_ADD),
  ]);
  const store = three.flatMap((a) =>
    three.flatMap((b) => [
      ...get(out),
      ...get(sum(a, b)),
      ...V128_STORE,
      ALIGN,
      ...leb(16 * (3 * a + b)),
    ]),
  );
  return functionOf([4, I32, 13, V128], [...rows, ...LOOP, ...step, END, ...store]);
}

/** Exports `gram`, `tile` and `memory`, which starts with one page. */
export function simdModuleBytes(): Uint8Array {
  const takes = (count: number): number[] => [0x60, count, ...Array(count).fill(I32), 0];
  return Uint8Array.from([
    ...HEADER,
    ...section(1, [takes(7), takes(5)]),
    ...section(3, [[0], [1]]),
    ...section(5, [[0x00, 1]]),
    ...section(7, [
      [...name('gram'), 0x00, 0],
      [...name('tile'), 0x00, 1],
      [...name('memory'), 0x02, 0],
    ]),
    ...section(10, [gramBody(), tileBody()]),
  ]);
}
