/** Names and figures of a table that is printed row by row; each column is as wide as its name. */
export type Columns<Row> = readonly (readonly [string, (row: Row) => number | null])[];

const BETWEEN = '  ';

/** The names. */
export function headOf<Row>(columns: Columns<Row>): string {
  return columns.map(([name]) => name).join(BETWEEN);
}

/** The figures of one row below them, in whole numbers. */
export function lineOf<Row>(columns: Columns<Row>, row: Row): string {
  const figures = columns.map(([name, of]) => {
    const figure = of(row);
    return String(figure && Math.round(figure)).padStart(name.length);
  });
  return figures.join(BETWEEN);
}
