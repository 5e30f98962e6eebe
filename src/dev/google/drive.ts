import type Provider from 'oidc-provider';
import { DEFAULT_FILES, type DriveFile } from './drive-files.ts';
import { json, type Reply, type Route, type StandInRequest } from './http.ts';
import { DRIVE_SCOPES } from './scopes.ts';
import { liveAccessToken } from './tokens.ts';
import type { Users } from './users.ts';

type Space = DriveFile['space'];

/** Google's API envelope (https://developers.google.com/workspace/drive/api/guides/handle-errors). */
interface ApiError {
  readonly code: number;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
  readonly details?: readonly object[];
}

const UNAUTHENTICATED: ApiError = {
  code: 401,
  status: 'UNAUTHENTICATED',
  reason: 'authError',
  message:
    'Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.',
};

const SCOPE_INSUFFICIENT: ApiError = {
  code: 403,
  status: 'PERMISSION_DENIED',
  reason: 'insufficientPermissions',
  message: 'Request had insufficient authentication scopes.',
  details: [
    {
      '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
      reason: 'ACCESS_TOKEN_SCOPE_INSUFFICIENT',
      domain: 'googleapis.com',
    },
  ],
};

const SPACE_INSUFFICIENT: ApiError = {
  code: 403,
  status: 'PERMISSION_DENIED',
  reason: 'insufficientScopes',
  message: 'The granted scopes do not give access to all of the requested spaces.',
};

/** A small Drive: list, get and content. It takes a live token with a scope of Drive. */
export function driveRoute(provider: Provider, users: Users): Route {
  return async (request) => {
    const [, id] = /^\/drive\/v3\/files(?:\/([^/]+))?$/.exec(request.path) ?? [];
    if (!request.path.startsWith('/drive/')) return undefined;
    const token = await liveAccessToken(provider, request.bearer);
    if (token === undefined) return refuse(UNAUTHENTICATED, { 'www-authenticate': CHALLENGE });
    const spaces = spacesOf(token.scope);
    if (spaces.size === 0) return refuse(SCOPE_INSUFFICIENT);
    if (request.method !== 'GET' || !request.path.startsWith('/drive/v3/files')) {
      return refuse(notFound(request.path));
    }
    const files = (users.bySub(token.sub).files ?? DEFAULT_FILES).filter((file) =>
      spaces.has(file.space),
    );
    return id === undefined ? list(request, files, spaces) : get(request, files, id);
  };
}

const CHALLENGE = 'Bearer realm="https://accounts.google.com/", error="invalid_token"';

/** What a token may see: the app folder has a scope of its own. */
function spacesOf(scope: string): ReadonlySet<Space> {
  const scopes = new Set(scope.split(' '));
  const spaces = new Set<Space>();
  if (scopes.has(DRIVE_SCOPES.appdata)) spaces.add('appDataFolder');
  const { full, readonly, file } = DRIVE_SCOPES;
  if ([full, readonly, file].some((name) => scopes.has(name))) spaces.add('drive');
  return spaces;
}

function list(
  { query }: StandInRequest,
  files: readonly DriveFile[],
  allowed: ReadonlySet<Space>,
): Reply {
  const wanted = (query.get('spaces') ?? 'drive').split(',').map((space) => space.trim());
  if (!wanted.every((space) => [...allowed].some((name) => name === space))) {
    return refuse(SPACE_INSUFFICIENT);
  }
  const name = /name\s*=\s*'([^']*)'/.exec(query.get('q') ?? '')?.[1];
  const found = files.filter(
    (file) => wanted.includes(file.space) && (name === undefined || file.name === name),
  );
  const start = Number(query.get('pageToken') ?? 0) || 0;
  const end = start + (Number(query.get('pageSize') ?? 100) || 100);
  return json(200, {
    kind: 'drive#fileList',
    incompleteSearch: false,
    ...(end < found.length ? { nextPageToken: String(end) } : {}),
    files: found.slice(start, end).map((file) => metadata(file, query)),
  });
}

function get({ query }: StandInRequest, files: readonly DriveFile[], id: string): Reply {
  const file = files.find((candidate) => encodeURIComponent(candidate.id) === id);
  if (file === undefined) return refuse(notFound(id));
  if (query.get('alt') !== 'media') return json(200, metadata(file, query));
  return { status: 200, headers: { 'content-type': file.mimeType }, body: file.content };
}

/** Drive gives four fields unless `fields` asks for more; here that means all there are. */
function metadata(file: DriveFile, query: URLSearchParams): object {
  const { id, name, mimeType, space, modifiedTime, content } = file;
  const basic = { kind: 'drive#file', id, name, mimeType };
  if (!query.has('fields')) return basic;
  const size = String(Buffer.byteLength(content));
  return { ...basic, spaces: [space], createdTime: modifiedTime, modifiedTime, size };
}

function notFound(what: string): ApiError {
  return {
    code: 404,
    status: 'NOT_FOUND',
    reason: 'notFound',
    message: `File not found: ${what}.`,
  };
}

function refuse(error: ApiError, headers: Record<string, string> = {}): Reply {
  const { code, message, reason, status, details } = error;
  const errors = [{ message, domain: 'global', reason }];
  const body = { code, message, errors, status, ...(details === undefined ? {} : { details }) };
  return json(code, { error: body }, headers);
}
