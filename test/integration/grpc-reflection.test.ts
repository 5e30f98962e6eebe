import { Client, type ClientDuplexStream, type ServiceError, status } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { REFLECTION_QUESTIONS, REFLECTION_STREAMS } from '../../src/grpc/reflection.ts';
import { DEFAULT_GRPC_LIMITS } from '../../src/grpc/transport-limits.ts';
import { systemClock } from '../../src/observability/system-clock.ts';
import {
  channelCredentials,
  DIAL_BY_ADDRESS,
  getAccessToken,
  READER,
  type RunningGrpcServer,
  runGrpcServer,
} from '../support/running-grpc-server.ts';
import { statusDetails } from '../support/status-details.ts';

const VERSIONS = ['v1', 'v1alpha'] as const;
const LIMITS = { ...DEFAULT_GRPC_LIMITS, defaultDeadlineMs: 1_500 };

let running: RunningGrpcServer;
let tool: Client;

async function start(reflection: boolean): Promise<void> {
  running = await runGrpcServer(systemClock, LIMITS, { reflection });
  const pair = await running.authority.issueClient(READER);
  const trust = channelCredentials(running.authority.cert, pair);
  tool = new Client(running.address, trust, DIAL_BY_ADDRESS);
}

afterEach(async () => {
  tool.close();
  running.client.close();
  await running.server.stop(0);
});

/** One field of a ServerReflectionRequest: 7 is list_services, 4 file_containing_symbol. */
function question(field: 4 | 7, text: string): Buffer {
  return Buffer.concat([Buffer.from([(field << 3) | 2, text.length]), Buffer.from(text)]);
}

interface Conversation {
  readonly stream: ClientDuplexStream<Buffer, Buffer>;
  readonly answers: readonly Buffer[];
  /** How it ended: undefined is OK. */
  readonly end: Promise<ServiceError | undefined>;
}

function converse(version: (typeof VERSIONS)[number] = 'v1'): Conversation {
  const stream = tool.makeBidiStreamRequest(
    `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`,
    (request: Buffer) => request,
    (response: Buffer) => response,
  );
  const answers: Buffer[] = [];
  stream.on('data', (answer: Buffer) => answers.push(answer));
  const end = new Promise<ServiceError | undefined>((resolve) => {
    stream.on('error', (error: ServiceError) => resolve(error));
    stream.on('end', () => resolve(undefined));
  });
  return { stream, answers, end };
}

describe('reflection', () => {
  it.each(VERSIONS)('%s is off unless it is configured', async (version) => {
    await start(false);
    const { stream, end } = converse(version);
    stream.end(question(7, '*'));
    expect(await end).toMatchObject({ code: status.UNIMPLEMENTED });
  });
});

describe('reflection that is on', () => {
  beforeEach(() => start(true));

  it.each(VERSIONS)('%s names the services, and describes them', async (version) => {
    const { stream, answers, end } = converse(version);
    stream.write(question(7, '*'));
    stream.write(question(4, 'tokenvault.v1.TokenVault'));
    stream.end(question(4, 'tokenvault.admin.v1.TokenVaultAdmin'));
    expect(await end).toBeUndefined();
    const [names, contract, forOperators] = answers.map((answer) => answer.toString('latin1'));
    expect(names).toContain('tokenvault.v1.TokenVault');
    expect(names).toContain('grpc.health.v1.Health');
    expect(contract).toContain('GetAccessTokenRequest');
    expect(contract).toContain('rejected_token_sha256');
    expect(names).toContain('tokenvault.admin.v1.TokenVaultAdmin');
    expect(forOperators).toContain('already_imported');
  });

  it('is refused from a client without an identity of TokenVault no more than health is', async () => {
    tool.close();
    const trust = channelCredentials(running.authority.cert, undefined);
    tool = new Client(running.address, trust, DIAL_BY_ADDRESS);
    const { stream, end } = converse();
    stream.end(question(7, '*'));
    expect(await end).toMatchObject({ code: status.UNAVAILABLE });
  });

  it('ends at the default deadline', async () => {
    const { stream, end } = converse();
    stream.write(question(7, '*'));
    expect(await end).toMatchObject({ code: status.DEADLINE_EXCEEDED });
  });

  it('takes no longer message than other calls', async () => {
    const { stream, end } = converse();
    stream.write(Buffer.alloc(LIMITS.messageBytes + 1));
    expect(await end).toMatchObject({ code: status.RESOURCE_EXHAUSTED });
  });

  it('answers so many questions on a stream, and no more', async () => {
    const { stream, answers, end } = converse();
    for (let count = 0; count < 2 * REFLECTION_QUESTIONS; count += 1)
      stream.write(question(7, '*'));
    const error = await end;
    expect(error).toMatchObject({ code: status.RESOURCE_EXHAUSTED });
    expect(answers).toHaveLength(REFLECTION_QUESTIONS);
    expect(error && statusDetails(error.metadata).details).toMatchObject({
      ErrorInfo: { reason: 'CALLER_RATE_LIMITED' },
    });
  });

  it('serves so many streams at a time, and the calls of the service beside them', async () => {
    const open = Array.from({ length: REFLECTION_STREAMS }, () => converse());
    for (const { stream } of open) stream.write(question(7, '*'));
    await expect.poll(() => open.every(({ answers }) => answers.length === 1)).toBe(true);
    const beyond = converse();
    beyond.stream.write(question(7, '*'));
    expect(await beyond.end).toMatchObject({ code: status.UNAVAILABLE });
    expect(await getAccessToken(running.client)).toHaveProperty('reply');

    for (const { stream } of open) stream.end();
    await Promise.all(open.map(({ end }) => end));
    const next = converse();
    next.stream.end(question(7, '*'));
    expect(await next.end).toBeUndefined();
  });
});
