/** `callers[0].rpcs (line 5) must be …`: one problem in a YAML file, said at its place. */
export function problemAt(
  issue: { readonly path: readonly PropertyKey[]; readonly message: string },
  line: number | undefined,
): string {
  const place = issue.path.length === 0 ? 'the file' : dotted(issue.path);
  return `${place}${line === undefined ? '' : ` (line ${line})`} ${issue.message}`;
}

/** `['addresses', 0]` as `addresses[0]`. */
export function dotted(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`;
    return text === '' ? String(key) : `${text}.${String(key)}`;
  }, '');
}
