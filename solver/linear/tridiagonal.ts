/** Symmetric positive definite tridiagonal systems, factored in place as L D L'. */

/**
 * Factors the chain with local[i] on the diagonal and links[i] between i and i + 1 (the last link
 * ends in the ground): diagonal becomes D, below the factor. Written with parallel sums, because the
 * differences cancel where links are much stiffer than what is local.
 */
export function factorChain(
  local: Float64Array,
  links: Float64Array,
  diagonal: Float64Array,
  below: Float64Array,
): void {
  let passed = 0;
  for (let i = 0; i < local.length; i += 1) {
    const own = (local[i] as number) + passed;
    const link = links[i] as number;
    const pivot = own + link;
    diagonal[i] = pivot > 0 ? pivot : 1;
    below[i] = -link / (diagonal[i] as number);
    passed = (own * link) / (diagonal[i] as number);
  }
}

/** b := T^-1 b for a factored T. */
export function solveTridiagonal(
  diagonal: Float64Array,
  below: Float64Array,
  b: Float64Array,
): void {
  solveChainDown(below, b);
  solveChainUp(diagonal, below, b);
}

/** b := L^-1 b */
export function solveChainDown(below: Float64Array, b: Float64Array): void {
  for (let i = 1; i < b.length; i += 1)
    b[i] = (b[i] as number) - (below[i - 1] as number) * (b[i - 1] as number);
}

/** b := L'^-1 D^-1 b */
export function solveChainUp(diagonal: Float64Array, below: Float64Array, b: Float64Array): void {
  const n = diagonal.length;
  for (let i = 0; i < n; i += 1) b[i] = (b[i] as number) / (diagonal[i] as number);
  for (let i = n - 2; i >= 0; i -= 1)
    b[i] = (b[i] as number) - (below[i] as number) * (b[i + 1] as number);
}
