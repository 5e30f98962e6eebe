/** A clause as a sentence. */
export function sentence(clause: string): string {
  const [first = '', ...rest] = clause;
  return `${first.toUpperCase()}${rest.join('')}.`;
}
