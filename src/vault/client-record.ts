/**
 * What the service and ops' commands both know of a record `clients/<alias>`. An alias becomes part
 * of a path, so nothing that could be another path ever is one.
 */
export function isAlias(text: string): boolean {
  return /^[a-z0-9-]{1,63}$/.test(text);
}

/** The items of a list as ops may have typed it: with commas, spaces or line ends between them. */
export function splitList(list: string): readonly string[] {
  return list.split(/[\s,]+/).filter((item) => item !== '');
}
