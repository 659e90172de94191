/** A linear program under construction: columns with bounds and costs, rows one after the other. */
export interface LinearModel {
  readonly cost: number[];
  readonly upper: number[];
  readonly rowStarts: number[];
  readonly rowLower: number[];
  readonly rowUpper: number[];
  readonly indices: number[];
  readonly values: number[];
}

export function emptyModel(): LinearModel {
  return {
    cost: [],
    upper: [],
    rowStarts: [0],
    rowLower: [],
    rowUpper: [],
    indices: [],
    values: [],
  };
}

/** Adds a column with bounds [0, upper]; returns its index. */
export function addColumn(model: LinearModel, cost: number, upper: number): number {
  model.cost.push(cost);
  model.upper.push(upper);
  return model.cost.length - 1;
}

export function addTerm(model: LinearModel, column: number, value: number): void {
  model.indices.push(column);
  model.values.push(value);
}

/** Ends the row that the terms since the last end belong to; returns its index. */
export function endRow(model: LinearModel, lower: number, upper: number): number {
  model.rowLower.push(lower);
  model.rowUpper.push(upper);
  model.rowStarts.push(model.indices.length);
  return model.rowLower.length - 1;
}
