/**
 * What a source names, in groups of `size`; the last may be smaller. Where the source throws, those
 * that it named before come first.
 */
export async function* batchesOf<T>(
  source: Iterable<T> | AsyncIterable<T>,
  size: number,
): AsyncGenerator<readonly T[], undefined, undefined> {
  let batch: T[] = [];
  try {
    for await (const each of source) {
      batch.push(each);
      if (batch.length < size) continue;
      yield batch;
      batch = [];
    }
  } catch (error) {
    if (batch.length > 0) yield batch;
    throw error;
  }
  if (batch.length > 0) yield batch;
}
