import type { MetricName, Metrics } from '../../../src/domain/metrics.ts';

type Labels = Readonly<Record<string, string>>;

export interface Recorded {
  readonly name: MetricName;
  readonly value: number;
  readonly labels: Labels;
}

/** Keeps what is counted, set and observed, in order. */
export class RecordingMetrics implements Metrics {
  readonly recorded: Recorded[] = [];
  readonly removed: Omit<Recorded, 'value'>[] = [];

  count(name: MetricName, labels: Labels): void {
    this.recorded.push({ name, value: 1, labels });
  }

  set(name: MetricName, value: number, labels: Labels): void {
    this.recorded.push({ name, value, labels });
  }

  remove(name: MetricName, labels: Labels): void {
    this.removed.push({ name, labels });
  }

  observe(name: MetricName, value: number, labels: Labels): void {
    this.recorded.push({ name, value, labels });
  }

  counter(name: MetricName, labels: Labels): () => void {
    return () => this.count(name, labels);
  }

  observer(name: MetricName, labels: Labels): (value: number) => void {
    return (value) => this.observe(name, value, labels);
  }

  /** The labels of everything recorded under this name. */
  labelsOf(name: MetricName): readonly Labels[] {
    return this.recorded.filter((one) => one.name === name).map((one) => one.labels);
  }
}
