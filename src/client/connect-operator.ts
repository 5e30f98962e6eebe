import {
  type ImportGrantRequest,
  type ImportGrantResponse,
  type ListUsersRequest,
  type ListUsersResponse,
  TokenVaultAdminClient,
} from '../gen/tokenvault/admin/v1/token_vault_admin.ts';
import { channelOptions } from './channel-options.ts';
import { Channels } from './channels.ts';
import {
  type CallOptions,
  type ConnectOptions,
  channelCredentials,
  connect,
  type TokenConnectOptions,
  type TokenVaultConnection,
  unary,
} from './connect.ts';

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
  const trust = channelCredentials(options);
  const settings = {
    ...channelOptions(options),
    'grpc.max_receive_message_length': MAX_PAGE_BYTES,
  };
  const channels = new Channels(() => new TokenVaultAdminClient(options.address, trust, settings));
  return {
    ...vault,
    listUsers: unary(channels, (client, ...rest) => client.listUsers(...rest)),
    importGrant: unary(channels, (client, ...rest) => client.importGrant(...rest)),
    close: () => {
      vault.close();
      channels.close();
    },
  };
}
