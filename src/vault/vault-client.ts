import NodeVault from 'node-vault';
import {
  type VaultClientOptions,
  type VaultReply,
  type VaultRequest,
  VaultTransport,
  type VaultWire,
} from './vault-transport.ts';

export type { VaultClientOptions, VaultReply, VaultTls, VaultWire } from './vault-transport.ts';

/** Some 800 000 names; Vault takes no larger request either. */
const MAX_LIST_BYTES = 32 * 1024 * 1024;

const isValid = () => true;

/**
 * node-vault behind a typed surface, over our own transport. Every HTTP status is a reply; only when
 * no answer came do the methods throw, and then a `VaultFault`. Paths are without `/v1`, and callers
 * put nothing into them but `[A-Za-z0-9_-]` segments: node-vault encodes none.
 */
export class VaultClient {
  readonly #vault: NodeVault.client;
  readonly #wire: VaultWire;

  constructor(options: VaultClientOptions, wire: VaultWire = new VaultTransport(options)) {
    const send = async (request: VaultRequest) => {
      const reply = await wire.send(request);
      // A 200 towards node-vault for every status: its own errors would hold Vault's text.
      return { statusCode: 200, body: reply, request: { path: request.path } };
    };
    this.#wire = wire;
    this.#vault = NodeVault({
      // Address, token and namespace are the transport's, whatever VAULT_* variables say here.
      endpoint: options.address,
      token: 'unused',
      'request-promise': { defaults: () => send },
      // A list is a GET: proxies and firewalls may not know Vault's LIST.
      noCustomHTTPVerbs: true,
      // Its own debug output prints bodies.
      debug: () => undefined,
      // Methods for some hundred endpoints that nobody calls here, made anew for each client.
      commands: {},
      // It would check that path and method are texts, by a schema, for each request.
      tv4: Object.assign(isValid, { validate: isValid }),
    });
  }

  /** GET; a query string is part of `path`. @throws VaultFault */
  read(path: string): Promise<VaultReply> {
    return this.#vault.read(path);
  }

  /** POST. @throws VaultFault */
  write(path: string, body: object): Promise<VaultReply> {
    return this.#vault.write(path, body);
  }

  /** Names in a folder, all in one answer. @throws VaultFault */
  list(path: string): Promise<VaultReply> {
    const own: Pick<VaultRequest, 'maxBodyBytes'> = { maxBodyBytes: MAX_LIST_BYTES };
    return this.#vault.list(path, own);
  }

  /** @throws VaultFault */
  delete(path: string): Promise<VaultReply> {
    return this.#vault.delete(path);
  }

  /** Waits for requests under way, then closes the connections. */
  close(): Promise<void> {
    return this.#wire.close();
  }
}
