import { type Document, isNode, isScalar, LineCounter, parseDocument, visit } from 'yaml';

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
  for (const offset of keysOfPrototypes(document)) {
    problems.push(`line ${lines.linePos(offset).line} has the key __proto__, which names nothing`);
  }
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

/** Where such keys stand. Schemas leave them out without a word, and what they held would be gone. */
function keysOfPrototypes(document: Document): readonly number[] {
  const found: number[] = [];
  visit(document, {
    Pair: (_index, { key }) => {
      if (isScalar(key) && key.value === '__proto__') found.push(key.range?.[0] ?? 0);
    },
  });
  return found;
}

function plainTree(document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: MOST_ALIASES }) ?? undefined;
  } catch {
    // The only thing left to fail: a small text whose aliases would unfold into a huge tree.
    return TOO_MANY_ALIASES;
  }
}
