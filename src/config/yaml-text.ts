import { type Document, isNode, LineCounter, parseDocument } from 'yaml';

const MOST_ALIASES = 20;
const TOO_MANY_ALIASES = Symbol('too many aliases');

/** What a YAML text holds, and where. */
export interface ParsedYaml {
  /** Plain values; undefined for an empty text, and where it is not YAML. */
  readonly tree: unknown;
  /** What is wrong with it as YAML, without quoting it. */
  readonly problems: readonly string[];
  /** The line, from 1, of the value at `path`. */
  lineOf(path: readonly PropertyKey[]): number | undefined;
}

/** Parses one YAML 1.2 document. It never throws. */
export function parseYaml(text: string): ParsedYaml {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const problems = document.errors.map(
    (error) => `line ${lines.linePos(error.pos[0]).line} is not YAML (${error.code})`,
  );
  const tree = problems.length === 0 ? plainTree(document) : undefined;
  if (tree === TOO_MANY_ALIASES) problems.push('has too many aliases');
  return {
    tree: tree === TOO_MANY_ALIASES ? undefined : tree,
    problems,
    lineOf: (path) => {
      const node = document.getIn(path, true);
      return isNode(node) && node.range ? lines.linePos(node.range[0]).line : undefined;
    },
  };
}

function plainTree(document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: MOST_ALIASES }) ?? undefined;
  } catch {
    // The only thing left to fail: a small text whose aliases would unfold into a huge tree.
    return TOO_MANY_ALIASES;
  }
}
