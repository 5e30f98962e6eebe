import { createHmac, hash } from 'node:crypto';

/** Bytes of a block and of a digest of SHA-256. */
const BLOCK = 64;
const DIGEST = 32;
/** Characters of the longest text that has room; longer ones are seldom, and cost what they cost. */
const ROOM = 4_096;

/**
 * HMAC-SHA-256 (RFC 2104) of one key over many short texts, with Node's one-shot hash: `createHmac`
 * makes a stream for each text, which costs twice as much as its hashing.
 */
export class TextHmac {
  readonly #key: Uint8Array;
  /** The key's block, and after it what is hashed: the text; the first digest. */
  readonly #inner = Buffer.alloc(BLOCK + ROOM, 0x36);
  readonly #outer = Buffer.alloc(BLOCK + DIGEST, 0x5c);

  /** @param key at most 64 bytes */
  constructor(key: Uint8Array) {
    if (key.length > BLOCK)
      throw new RangeError('A key of HMAC-SHA-256 has at most 64 bytes here.');
    this.#key = key;
    key.forEach((byte, index) => {
      this.#inner[index] = byte ^ 0x36;
      this.#outer[index] = byte ^ 0x5c;
    });
  }

  /** In base64url. Latin-1: each character of the text is a byte of it. */
  of(text: string): string {
    if (text.length > ROOM) {
      return createHmac('sha256', this.#key).update(text, 'latin1').digest('base64url');
    }
    const end = BLOCK + this.#inner.write(text, BLOCK, 'latin1');
    this.#outer.write(hash('sha256', this.#inner.subarray(0, end), 'latin1'), BLOCK, 'latin1');
    return hash('sha256', this.#outer, 'base64url');
  }
}
