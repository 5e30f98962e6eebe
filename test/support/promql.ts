import { parser } from '@prometheus-io/lezer-promql';
import { METRICS, type MetricDefinition } from '../../src/domain/metrics.ts';

/** What Prometheus itself measures of a target. */
const OF_PROMETHEUS = ['up', 'scrape_duration_seconds'];
/** Labels that Prometheus gives to all that it scrapes from a target. */
const OF_TARGETS = ['job', 'instance'];
/** Functions that make sense of what only grows. */
const FOR_COUNTERS = ['rate', 'increase'];
/** Functions that do not look at values. */
const FOR_BOTH = ['present_over_time'];
const PARTS_OF_HISTOGRAM = /_(?:bucket|sum|count)$/;

const definitions: Readonly<Record<string, MetricDefinition>> = METRICS;

type SyntaxNode = ReturnType<typeof parser.parse>['topNode'];

interface Series {
  readonly labels: readonly string[];
  /** Whether it only grows. */
  readonly grows: boolean;
}

/** What is asked of the metrics by one expression. */
export interface Expression {
  readonly metrics: readonly string[];
  /** Labels that its result can have. */
  readonly labels: readonly string[];
  /** Everything that is wrong with it. */
  readonly problems: readonly string[];
}

/**
 * Reads PromQL by Prometheus' own grammar, and looks whether each metric that it names exists, with
 * the labels that it is asked for, and is of the kind for that function.
 * @param recorded series that rules record, and their labels
 */
export function readPromql(
  text: string,
  recorded: Readonly<Record<string, readonly string[]>> = {},
): Expression {
  const problems: string[] = [];
  const metrics = new Set<string>();
  const known = new Set<string>();
  const asked: string[] = [];
  const textOf = ({ from, to }: SyntaxNode) => text.slice(from, to);
  const select = (node: SyntaxNode) => {
    const [name] = node.getChildren('Identifier').map(textOf);
    const series = name === undefined ? undefined : seriesOf(name, recorded);
    if (name === undefined || series === undefined) {
      problems.push(`there is no metric ${name}`);
      return;
    }
    metrics.add(name);
    for (const label of series.labels) known.add(label);
    for (const label of labelsIn(node).map(textOf)) {
      if (!series.labels.includes(label)) problems.push(`${name} has no label ${label}`);
    }
    const call = functionAround(node);
    const within = call && textOf(call);
    if (within === undefined || FOR_BOTH.includes(within)) return;
    if (FOR_COUNTERS.includes(within) !== series.grows) {
      problems.push(`${within} of ${name}, which ${series.grows ? 'only grows' : 'is a gauge'}`);
    }
  };
  parser.parse(text).iterate({
    enter: ({ node }) => {
      if (node.type.isError) problems.push(`it cannot be read at ${node.from}: ${text}`);
      if (node.name === 'VectorSelector') select(node);
      if (node.name === 'GroupingLabels') asked.push(...node.getChildren('LabelName').map(textOf));
    },
  });
  const strange = asked.filter((label) => !known.has(label));
  problems.push(...strange.map((label) => `nothing in it has the label ${label}`));
  if (metrics.size === 0) problems.push('it asks for no metric');
  return { metrics: [...metrics], labels: resultLabels(text, [...known]), problems };
}

function seriesOf(
  name: string,
  recorded: Readonly<Record<string, readonly string[]>>,
): Series | undefined {
  if (OF_PROMETHEUS.includes(name)) return { labels: OF_TARGETS, grows: false };
  const ofRule = recorded[name];
  if (ofRule !== undefined) return { labels: ofRule, grows: false };
  const [part] = PARTS_OF_HISTOGRAM.exec(name) ?? [];
  const own = definitions[part === undefined ? name : name.slice(0, -part.length)];
  if (own === undefined || (own.kind === 'histogram') !== (part !== undefined)) return undefined;
  const le = part === '_bucket' ? ['le'] : [];
  return { labels: [...own.labels, ...OF_TARGETS, ...le], grows: own.kind !== 'gauge' };
}

/** The labels of the outermost aggregation, or of all that is asked for. */
function resultLabels(text: string, known: readonly string[]): readonly string[] {
  let node: SyntaxNode | null = parser.parse(text).topNode.firstChild;
  while (node?.name === 'BinaryExpr') node = node.firstChild;
  const by = node?.name === 'AggregateExpr' ? node.getChild('AggregateModifier') : undefined;
  const grouping = by?.getChild('GroupingLabels')?.getChildren('LabelName');
  return grouping?.map(({ from, to }) => text.slice(from, to)) ?? known;
}

function labelsIn(selector: SyntaxNode): readonly SyntaxNode[] {
  const matchers = selector.getChild('LabelMatchers')?.getChildren('UnquotedLabelMatcher') ?? [];
  return matchers.flatMap((matcher) => matcher.getChildren('LabelName'));
}

/** The name of the function whose range of a series this is. */
function functionAround(selector: SyntaxNode): SyntaxNode | undefined {
  let node: SyntaxNode | null = selector.parent;
  let ranged = false;
  while (node !== null && node.name !== 'FunctionCall') {
    ranged ||= node.name === 'MatrixSelector';
    node = node.parent;
  }
  return ranged ? (node?.getChild('FunctionIdentifier') ?? undefined) : undefined;
}
