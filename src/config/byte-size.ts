import { quantity } from './quantity.ts';

const UNITS_BYTES = { B: 1, KiB: 1_024, MiB: 1_048_576 } as const;

/** A size as configuration writes it: a whole number and its unit, such as `64KiB`. */
export type ByteSize = `${number}${keyof typeof UNITS_BYTES}`;

/** A setting that is a size from `least` to `most`, both included; its value is bytes. */
export function byteSize(least: ByteSize, most: ByteSize) {
  return quantity({ units: UNITS_BYTES, least, most });
}
