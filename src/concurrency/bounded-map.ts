import { LRUCache } from 'lru-cache';

/**
 * A map of at most `most` entries, of which the least recently used go first. Its memory grows with
 * them: given a mere number, lru-cache takes the memory of all at once, which for 200 000 costs the
 * start of the service 20 ms.
 */
export function boundedMap<Value extends object | number>(
  most: number,
  dropped?: (value: Value, key: string) => void,
): LRUCache<string, Value> {
  return new LRUCache({ maxSize: most, sizeCalculation: () => 1, dispose: dropped });
}
