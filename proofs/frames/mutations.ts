import type { SeededNumbers } from '../../test/support/seeded-numbers.ts';

type Mutation = (bytes: Buffer, numbers: SeededNumbers) => Buffer;

const EDGES: readonly [number, ...number[]] = [0, 1, 4, 7, 127, 128, 254, 255];

const MUTATIONS: readonly [Mutation, ...Mutation[]] = [
  (bytes, numbers) => changed(bytes, numbers, (byte) => byte ^ (1 << numbers.below(8))),
  (bytes, numbers) => changed(bytes, numbers, () => numbers.below(256)),
  (bytes, numbers) => changed(bytes, numbers, () => numbers.pick(EDGES)),
  (bytes, numbers) => bytes.subarray(0, numbers.below(bytes.length + 1)),
  (bytes, numbers) => bytes.subarray(numbers.below(bytes.length + 1)),
  (bytes, numbers) => inserted(bytes, numbers, Buffer.from([numbers.below(256)])),
  (bytes, numbers) =>
    inserted(bytes, numbers, Buffer.alloc(numbers.below(300), numbers.pick(EDGES))),
  (bytes, numbers) => {
    const [from, to] = [numbers.below(bytes.length + 1), numbers.below(bytes.length + 1)];
    return inserted(bytes, numbers, bytes.subarray(Math.min(from, to), Math.max(from, to)));
  },
];

/** One to four small changes, so that most of what a parser checks first still holds. */
export function mutated(bytes: Buffer, numbers: SeededNumbers): Buffer {
  let result = bytes;
  for (let left = 1 + numbers.below(4); left > 0; left -= 1) {
    result = numbers.pick(MUTATIONS)(result, numbers);
  }
  return result;
}

function changed(bytes: Buffer, numbers: SeededNumbers, change: (byte: number) => number): Buffer {
  const copy = Buffer.from(bytes);
  const at = numbers.below(copy.length);
  const byte = copy[at];
  if (byte !== undefined) copy[at] = change(byte);
  return copy;
}

function inserted(bytes: Buffer, numbers: SeededNumbers, more: Buffer): Buffer {
  const at = numbers.below(bytes.length + 1);
  return Buffer.concat([bytes.subarray(0, at), more, bytes.subarray(at)]);
}
