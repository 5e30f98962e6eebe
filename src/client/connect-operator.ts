import {
  type ImportGrantRequest,
  type ImportGrantResponse,
  type ListUsersRequest,
  type ListUsersResponse,
  TokenVaultAdminClient,
} from '../gen/tokenvault/admin/v1/token_vault_admin.ts';
import { systemClock } from '../observability/system-clock.ts';
import { checkedSend } from './checked-send.ts';
import {
  type CallOptions,
  type ConnectOptions,
  connect,
  type TokenConnectOptions,
  type TokenVaultConnection,
} from './connect.ts';
import { openLink } from './link.ts';

/** A page of users is the one message that may be larger than those of the service. */
const MAX_PAGE_BYTES = 4 * 1024 * 1024;

/** What an operator calls: the service, and what is for operators alone. */
export interface OperatorConnection extends TokenVaultConnection {
  listUsers(request: ListUsersRequest, options: CallOptions): Promise<ListUsersResponse>;
  importGrant(request: ImportGrantRequest, options: CallOptions): Promise<ImportGrantResponse>;
}

/** As `connect`, which see; the calls for operators go over connections of their own. */
export function connectOperator(options: ConnectOptions | TokenConnectOptions): OperatorConnection {
  const vault = connect(options);
  const ports = { clock: systemClock, maxMessageBytes: MAX_PAGE_BYTES };
  const link = openLink(TokenVaultAdminClient, options, ports);
  const send = checkedSend(link.send);
  return {
    ...vault,
    listUsers: (request, call) =>
      send((client, ...rest) => client.listUsers(...rest), request, call),
    importGrant: (request, call) =>
      send((client, ...rest) => client.importGrant(...rest), request, call),
    close: () => {
      vault.close();
      link.close();
    },
  };
}
