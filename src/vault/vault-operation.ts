/** Of a KV v2 path: what is done, and to which of our records. What else stands in it is a key. */
const RECORD =
  /^\/[\w./-]+?\/(?<part>data|metadata|destroy)\/(?<record>[a-z]+(?:-[a-z]+)*)(?=[/?]|$)/;
const RECORDS: ReadonlySet<string> = new Set([
  'users',
  'exchanges',
  'revocations',
  'revocation-log',
  'clients',
  'settings',
  'path-key',
  'audit-key',
  'log-key',
]);
const OF_VAULT = /^\/(?<area>sys|auth|identity|cubbyhole)\//;

/** What a request asks of Vault, in fixed words: no path, and so no key of a user, is in it. */
export function vaultOperation(request: {
  readonly method: string;
  readonly path: string;
}): string {
  const { method, path } = request;
  const area = OF_VAULT.exec(path)?.groups?.area;
  if (area !== undefined) return `${method === 'GET' ? 'read' : 'write'} ${area}`;
  const { part, record = '' } = RECORD.exec(path)?.groups ?? {};
  return `${verb(method, path, part)} ${RECORDS.has(record) ? record : 'other'}`;
}

function verb(method: string, path: string, part: string | undefined): string {
  if (method === 'DELETE') return 'remove';
  if (method === 'POST') return part === 'destroy' ? 'destroy' : 'write';
  if (path.endsWith('?list=1')) return 'list';
  return part === 'metadata' ? 'age' : 'read';
}
