const TOKENS = /"(?:[^"\\]|\\.)*"|[{}[\]:]/g;

/**
 * Whether an object within `json`, which has to be JSON, has a name twice. JSON.parse takes the last
 * of the two, another reader may take the first.
 */
export function repeatsAName(json: string): boolean {
  const open: Set<unknown>[] = [];
  let text = '';
  for (const [token] of json.matchAll(TOKENS)) {
    if (token === '{' || token === '[') open.push(new Set());
    else if (token === '}' || token === ']') open.pop();
    else if (token !== ':') text = token;
    else {
      const name: unknown = JSON.parse(text);
      if (open.at(-1)?.has(name) === true) return true;
      open.at(-1)?.add(name);
    }
  }
  return false;
}
