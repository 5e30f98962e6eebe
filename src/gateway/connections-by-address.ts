import type { Socket } from 'node:net';
import { limitedBy } from './client-address.ts';

export interface ConnectionBound {
  /** Of one address at a time. */
  readonly most: number;
  /** Whether as many as come are held of it: a proxy has those of all its clients. */
  readonly isExempt: (address: string) => boolean;
  readonly refused: () => void;
}

/** Closes the connections that one address has too many: it must not take the room of all others. */
export class ConnectionsByAddress {
  readonly #bound: ConnectionBound;
  readonly #held = new Map<string, number>();

  constructor(bound: ConnectionBound) {
    this.#bound = bound;
  }

  /** Before its handshake, which costs most. */
  admit(socket: Socket): void {
    const { most, isExempt, refused } = this.#bound;
    const peer = socket.remoteAddress ?? '';
    const address = limitedBy(peer);
    const held = this.#held.get(address) ?? 0;
    if (held >= most && !isExempt(peer)) {
      refused();
      socket.destroy();
      return;
    }
    this.#held.set(address, held + 1);
    socket.once('close', () => this.#release(address));
  }

  #release(address: string): void {
    const left = (this.#held.get(address) ?? 1) - 1;
    if (left === 0) this.#held.delete(address);
    else this.#held.set(address, left);
  }
}
