import { credentials, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import type { ErrorInfo, RequestInfo, RetryInfo } from 'nice-grpc-error-details';
import { expect } from 'vitest';
import {
  CodeSource,
  ExchangeCodeRequest,
  GetAccessTokenRequest,
  GetUserRequest,
  RevokeUserRequest,
  TokenVaultClient,
} from '../../src/gen/tokenvault/v1/token_vault.ts';
import { DRIVE } from './app-calls.ts';
import { type AppWorld, dial } from './app-world.ts';
import { statusDetails } from './status-details.ts';

/** What a refused call gets, as it travels. */
export interface Refusal {
  readonly code: string;
  readonly reason: string;
  readonly metadata: Readonly<Record<string, string>>;
  /** From RetryInfo; undefined where there is none. */
  readonly retryMs: number | undefined;
  /** The trailer; −1 says that a retry is wrong. */
  readonly pushbackMs: number;
}

type Method = 'exchangeCode' | 'getAccessToken' | 'revokeUser' | 'getUser';
type Done = (error: ServiceError | null, reply?: object) => void;
type Terms = readonly [Metadata, { deadline: number }];
type Send = (client: TokenVaultClient, fields: object, terms: Terms, done: Done) => void;

const TIMEOUT_MS = 20_000;

const SEND: Readonly<Record<Method, Send>> = {
  exchangeCode: (client, fields, terms, done) =>
    client.exchangeCode(ExchangeCodeRequest.fromPartial(fields), ...terms, done),
  getAccessToken: (client, fields, terms, done) =>
    client.getAccessToken(GetAccessTokenRequest.fromPartial(fields), ...terms, done),
  revokeUser: (client, fields, terms, done) =>
    client.revokeUser(RevokeUserRequest.fromPartial(fields), ...terms, done),
  getUser: (client, fields, terms, done) =>
    client.getUser(GetUserRequest.fromPartial(fields), ...terms, done),
};

/** Calls past our own client, which drops what it does not know: to look at everything that comes. */
export class RawCalls {
  readonly #client: TokenVaultClient;
  /** Every status and every trailer that came, as text; bytes as they are, and decoded. */
  readonly received: string[] = [];

  constructor({ certificates }: AppWorld, port: number) {
    const { address, caPem, certPem, keyPem } = dial(certificates, 'operator', port);
    const [ca, key, cert] = [caPem, keyPem, certPem].map((pem) => Buffer.from(pem));
    this.#client = new TokenVaultClient(address, credentials.createSsl(ca, key, cert));
  }

  /** An exchange of a mobile code that must be refused. */
  refusedExchange(code: string, oauthClient = 'default'): Promise<Refusal> {
    const codeSource = CodeSource.CODE_SOURCE_MOBILE;
    return this.refusalOf('exchangeCode', { code, oauthClient, codeSource });
  }

  /** A request for a token that must be refused. */
  refusedGet(userId: string, oauthClient = 'default'): Promise<Refusal> {
    return this.refusalOf('getAccessToken', { userId, oauthClient, scopes: [DRIVE] });
  }

  /** Makes a call that must be refused, and checks what holds for every refusal. */
  async refusalOf(method: Method, fields: object): Promise<Refusal> {
    const error = await this.errorOf(method, fields);
    if (error === undefined) throw new Error(`${method} was not refused.`);
    const { code, message, details } = statusDetails(error.metadata);
    expect(code).toBe(error.code);
    expect(message).toBe(error.details);
    const info: ErrorInfo = details.ErrorInfo;
    const request: RequestInfo = details.RequestInfo;
    const retry: RetryInfo | undefined = details.RetryInfo;
    expect(info.domain).toBe('tokenvault');
    expect(request.requestId).not.toBe('');
    const delay = retry?.retryDelay;
    const retryMs = delay && delay.seconds * 1_000 + delay.nanos / 1_000_000;
    const pushbackMs = Number(error.metadata.get('grpc-retry-pushback-ms')[0]);
    const { reason, metadata } = info;
    // Its wait is one before another code: the same call is not to be made again.
    const mayRepeat = reason !== 'REVOCATION_IN_PROGRESS';
    expect(pushbackMs, 'both ways of saying it agree').toBe(mayRepeat ? (retryMs ?? -1) : -1);
    return { code: status[code] ?? '', reason, metadata, retryMs, pushbackMs };
  }

  /** The error of a call, or undefined where it went well. */
  errorOf(
    method: Method,
    fields: object,
    timeoutMs = TIMEOUT_MS,
  ): Promise<ServiceError | undefined> {
    const terms = [new Metadata(), { deadline: Date.now() + timeoutMs }] as const;
    return new Promise((resolve) => {
      SEND[method](this.#client, fields, terms, (error, reply) => {
        // The access token is the one secret that an answer is there for.
        const kept = JSON.stringify({ ...reply, accessToken: undefined });
        this.received.push(error === null ? kept : textOf(error));
        resolve(error ?? undefined);
      });
    });
  }

  close(): void {
    this.#client.close();
  }
}

function textOf({ code, message, details, metadata, stack }: ServiceError): string {
  const values = Object.keys(metadata.getMap()).flatMap((name) => metadata.get(name));
  const texts = values.map((value) => (Buffer.isBuffer(value) ? value.toString('latin1') : value));
  const plain = { code, message, details, metadata: metadata.toJSON(), stack };
  return `${JSON.stringify(plain)}\n${texts.join('\n')}`;
}
