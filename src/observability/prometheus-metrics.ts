import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { ALERTS } from '../domain/alerts.ts';
import {
  type MeasuredProcess,
  type MetricDefinition,
  type Metrics,
  metricsOf,
} from '../domain/metrics.ts';

/** From a cached answer (half a millisecond) to the longest deadline of a call, seconds. */
const SECONDS_BUCKETS = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
];

type Labels = Readonly<Record<string, string>>;

/** What rules watch for a first event: `increase` sees none in a series that begins with it. */
const FROM_THE_START: readonly (readonly [name: string, labels: Labels])[] = [
  ...ALERTS.map((alert) => ['tokenvault_alerts_total', { alert }] as const),
  ['tokenvault_audit_decisions_total', { outcome: 'lost' }],
  ['tokenvault_security_events_total', { event: 'code_reused' }],
];

/** The metrics of the product, in a Prometheus registry of their own. */
export class PrometheusMetrics implements Metrics {
  readonly #registry = new Registry();
  readonly #counters = new Map<string, Counter>();
  readonly #gauges = new Map<string, Gauge>();
  readonly #histograms = new Map<string, Histogram>();
  readonly #atScrape: (() => void)[] = [];

  /** @param process whose metrics they are */
  constructor(process: MeasuredProcess = 'service') {
    for (const [name, definition] of metricsOf(process)) this.#register(name, definition);
    for (const [name, labels] of FROM_THE_START) this.#counters.get(name)?.inc(labels, 0);
  }

  count(name: string, labels: Labels): void {
    registered(this.#counters, name).inc(labels);
  }

  /** Gathered between scrapes: prom-client would go through the labels for each count. */
  counter(name: string, labels: Labels): () => void {
    const counter = registered(this.#counters, name);
    let gathered = 0;
    this.#atScrape.push(() => {
      if (gathered > 0) counter.inc(labels, gathered);
      gathered = 0;
    });
    return () => {
      gathered += 1;
    };
  }

  set(name: string, value: number, labels: Labels): void {
    registered(this.#gauges, name).set(labels, value);
  }

  remove(name: string, labels: Labels): void {
    const metric = this.#gauges.get(name) ?? registered(this.#counters, name);
    metric.remove(labels);
  }

  observe(name: string, seconds: number, labels: Labels): void {
    registered(this.#histograms, name).observe(labels, seconds);
  }

  observer(name: string, labels: Labels): (seconds: number) => void {
    return registered(this.#histograms, name).labels(labels).observe;
  }

  /** `set` is called before each text is made, for gauges that are only worth reading then. */
  beforeText(set: () => void): void {
    this.#atScrape.push(set);
  }

  /** Everything counted so far, in Prometheus' text format 0.0.4. */
  text(): Promise<string> {
    for (const set of this.#atScrape) set();
    return this.#registry.metrics();
  }

  #register(name: string, { kind, labels, help }: MetricDefinition): void {
    const options = { name, help, labelNames: [...labels], registers: [this.#registry] };
    switch (kind) {
      case 'counter':
        this.#counters.set(name, new Counter(options));
        break;
      case 'gauge':
        this.#gauges.set(name, new Gauge(options));
        break;
      case 'histogram':
        this.#histograms.set(name, new Histogram({ ...options, buckets: SECONDS_BUCKETS }));
        break;
    }
  }
}

/** The port's types allow registered names of the right kind only, so a miss is a bug of ours. */
function registered<Metric>(metrics: ReadonlyMap<string, Metric>, name: string): Metric {
  const metric = metrics.get(name);
  if (metric === undefined) throw new Error(`the metric ${name} is not in METRICS as this kind`);
  return metric;
}
