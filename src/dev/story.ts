import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { TokenVaultError } from '../client/token-vault-error.ts';
import {
  GetUserRequest,
  providerRevocationToJSON,
  userStateToJSON,
} from '../gen/tokenvault/v1/token_vault.ts';
import { postCode } from './app-post.ts';
import type { DevStack } from './dev-stack.ts';
import { DriveFolder } from './drive-folder.ts';
import { DEV_CLIENT_ID } from './oauth-client.ts';
import { DRIVE_APPDATA, PRODUCT_SCOPES } from './product-scopes.ts';

const SHORT_LIFE_SECONDS = 5;
const LONG_LIFE_SECONDS = 3_599;
const CALL = { timeoutMs: 30_000 };

export interface StoryUser {
  /** Google's name for the user. */
  readonly sub: string;
  readonly name: string;
  /** The company's own. */
  readonly externalUserId: string;
}

/** Lines of the story, for a person who sees it for the first time. */
export interface Teller {
  step(title: string): void;
  line(text: string): void;
}

/**
 * Plays TokenVault's main job once, on real parts.
 * @throws Error when a part does not do what the story says
 */
export async function playStory(stack: DevStack, user: StoryUser, teller: Teller): Promise<void> {
  const worker = stack.connectAs('drive-worker');
  const account = stack.connectAs('account-service');
  try {
    await DriveFolder.load();
    stack.google.setAccessTokenLife(SHORT_LIFE_SECONDS);
    await signIn(stack, user, teller);
    await readDrive({ stack, user, teller, worker });
    await outliveToken({ stack, user, teller, worker });
    await revoke({ stack, user, teller, worker, account });
  } finally {
    stack.google.setAccessTokenLife(LONG_LIFE_SECONDS);
    worker.close();
    account.close();
  }
}

interface Scene {
  readonly stack: DevStack;
  readonly user: StoryUser;
  readonly teller: Teller;
  readonly worker: ReturnType<DevStack['connectAs']>;
}

/** The app's part: sign in at Google, post the one-time code to the gateway. */
export async function signIn(stack: DevStack, user: StoryUser, teller: Teller): Promise<void> {
  teller.step(`${user.name} signs in with Google in a mobile app`);
  const code = await stack.google.mintCode({
    clientId: DEV_CLIENT_ID,
    sub: user.sub,
    scopes: PRODUCT_SCOPES,
    source: 'mobile',
  });
  teller.line(`Google gives the app a one-time code: ${code.slice(0, 6)}…`);
  teller.step('The app posts the code to the gateway, over HTTPS');
  const { externalUserId } = user;
  teller.line(`With it comes a token of the company's own login: this is its ${externalUserId}.`);
  const answer = await postCode({
    gatewayPort: stack.gatewayPort,
    caPem: readFileSync(stack.certificates.caFile, 'utf8'),
    loginToken: await stack.login.tokenFor(externalUserId),
    body: { code, codeSource: 'MOBILE' },
  });
  if (answer.status !== 200) throw new Error(`the gateway answered ${answer.status}`);
  teller.line(`200 ${JSON.stringify(answer.body)}`);
  teller.line('The refresh token is in Vault. It was in no answer, and never leaves TokenVault.');
}

async function readDrive({ stack, user, teller, worker }: Scene): Promise<void> {
  teller.step('drive-worker, an internal service, asks for a token (gRPC, its own certificate)');
  const { externalUserId } = user;
  const asked = GetUserRequest.fromPartial({ externalUserId });
  const found = (await worker.getUser(asked, CALL)).user?.userId;
  if (found !== user.sub) throw new Error('the company’s user was not found');
  teller.line(`GetUser ${externalUserId} → ${found}`);
  const token = await getToken(worker, user.sub);
  teller.line(`GetAccessToken → ${describe(token)}`);
  teller.line(
    `Here a token lives for ${SHORT_LIFE_SECONDS} s, so that step 5 need not wait an hour.`,
  );
  teller.step('drive-worker reads the app folder with the ordinary googleapis client');
  const folder = await DriveFolder.open(token.accessToken, stack.google.url);
  const files = await folder.list();
  for (const { name } of files) teller.line(name);
  const [first] = files;
  if (first === undefined) throw new Error('the app folder is empty');
  const content = await folder.content(first.id);
  teller.line(`${first.name} says: ${content.trim()}`);
}

async function outliveToken({ stack, user, teller, worker }: Scene): Promise<void> {
  teller.step('The user is offline, and the access token expires');
  const old = await getToken(worker, user.sub);
  await wait(Math.max(0, (old.expireTime?.getTime() ?? 0) - Date.now()) + 50);
  teller.line('Google no longer takes the old token.');
  const token = await getToken(worker, user.sub);
  if (token.accessToken === old.accessToken) throw new Error('the expired token came again');
  teller.line(`GetAccessToken → ${describe(token)}, by the refresh token in Vault`);
  const files = await (await DriveFolder.open(token.accessToken, stack.google.url)).list();
  teller.line(`Drive lists ${files.length} files with it.`);
}

async function revoke(scene: Scene & { readonly account: Scene['worker'] }): Promise<void> {
  const { user, teller, worker, account } = scene;
  teller.step('account-service looks at the user, then revokes the user');
  const { user: before } = await account.getUser(
    GetUserRequest.fromPartial({ userId: user.sub }),
    CALL,
  );
  if (before === undefined) throw new Error('GetUser said nothing');
  const scopes = before.grants.flatMap((grant) => grant.scopes).map(shortName);
  teller.line(`GetUser → ${userStateToJSON(before.state)}, granted: ${scopes.join(', ')}`);
  const request = { userId: user.sub, reason: 'the story ends', grantedBefore: undefined };
  const revoked = await account.revokeUser(request, CALL);
  teller.line(`RevokeUser → ${providerRevocationToJSON(revoked.providerRevocation)}`);
  teller.step('drive-worker asks once more');
  const failure = await getToken(worker, user.sub).then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(failure instanceof TokenVaultError) || failure.reason !== 'USER_REVOKED') {
    throw new Error('a revoked user was not refused with USER_REVOKED');
  }
  teller.line(`refused: ${failure.reason}`);
}

function getToken(worker: Scene['worker'], userId: string) {
  const request = {
    userId,
    oauthClient: '',
    scopes: [DRIVE_APPDATA],
    minTtl: { seconds: 0, nanos: 0 },
    rejectedTokenSha256: Buffer.alloc(0),
  };
  return worker.getAccessToken(request, CALL);
}

function describe(token: { accessToken: string; expireTime?: Date; scopes: string[] }): string {
  const until = token.expireTime?.toISOString().slice(11, 19) ?? '?';
  return `${token.accessToken.slice(0, 6)}… for ${token.scopes.map(shortName).join(', ')}, until ${until} UTC`;
}

function shortName(scope: string): string {
  return scope.replace('https://www.googleapis.com/', '…/');
}
