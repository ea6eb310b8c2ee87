// Tables of tasks and networks, and the ranks in them. Nothing here touches the page.

/** @typedef {{mean: number, spread?: number, stages?: number[]}} Cell */
/** @typedef {{tasks: string[], widths: number[], networks: string[], cells: (Cell[] | null)[][]}} Table */

// The tasks that have been tried at a width, each with its cells, one per network.
/** @param {Table} table @returns {{task: string, cells: Cell[]}[]} */
function rowsOf({ tasks, widths, cells }, width) {
  const k = widths.indexOf(width);
  return tasks.map((task, t) => ({ task, cells: cells[t][k] })).filter((row) => row.cells);
}

// The rank of each value, 1 the largest; equal values have the same.
/** @param {number[]} values */
const ranks = (values) => values.map((value) => 1 + values.filter((other) => other > value).length);

// For each row, its rank among the rows in each network.
/** @param {{cells: Cell[]}[]} rows */
function rankRows(rows) {
  const byNetwork = (rows[0]?.cells ?? []).map((_, n) => ranks(rows.map(({ cells }) => cells[n].mean)));
  return rows.map((_, r) => byNetwork.map((own) => own[r]));
}

// How many pairs of tasks stand in another order in network a than in network b.
function swaps(rows, a, b) {
  let count = 0;
  rows.forEach((one, i) => rows.slice(i + 1).forEach((other) => {
    count += (one.cells[a].mean - other.cells[a].mean) * (one.cells[b].mean - other.cells[b].mean) < 0;
  }));
  return count;
}

// The rows with the best in network n first; n = -1 leaves them in their order.
const sorted = (rows, n) => (n < 0 ? rows : [...rows].sort((p, q) => q.cells[n].mean - p.cells[n].mean));
