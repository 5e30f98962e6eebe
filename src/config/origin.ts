/** Where the value of a key comes from. */
export type Origin =
  /** `--set` on the command line. */
  | { readonly kind: 'flag' }
  | { readonly kind: 'environment'; readonly variable: string }
  /** `line` counts from 1. */
  | { readonly kind: 'file'; readonly file: string; readonly line?: number }
  | { readonly kind: 'default' };

/** An origin in a few words: `tokenvault.yaml:7`, `environment VAULT_ADDR`. */
export function originText(origin: Origin): string {
  switch (origin.kind) {
    case 'flag':
      return 'flag --set';
    case 'environment':
      return `environment ${origin.variable}`;
    case 'file':
      return origin.line === undefined ? origin.file : `${origin.file}:${origin.line}`;
    case 'default':
      return 'default';
  }
}
