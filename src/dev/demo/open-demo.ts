import type { MoreRoutes } from '../../gateway/server.ts';
import type { CompanyLogin } from '../company-login.ts';
import { DEV_RPCS } from '../dev-config.ts';
import { AUTHORIZATION_PATH } from '../google/provider.ts';
import { callbackOf, DEV_CLIENT_ID } from '../oauth-client.ts';
import { PRODUCT_SCOPES } from '../product-scopes.ts';
import { Company, type CompanyParts } from './company.ts';
import { demoRoutes } from './routes.ts';

export interface DemoParts extends CompanyParts {
  readonly gatewayPort: number;
  readonly login: CompanyLogin;
}

/** Of the company's app: the terminal's story is about the first, and leaves the second connected. */
const APP_USERS = ['user-42', 'user-43'];

/** A page on which a person takes the steps of the story in a browser. */
export interface Demo {
  /** For the gateway of development. */
  readonly routes: MoreRoutes;
  close(): void;
}

export function openDemo({ gatewayPort, login, ...parts }: DemoParts): Demo {
  const company = new Company(parts);
  const { operator: _operator, ...rights } = DEV_RPCS;
  const setup = {
    authorizationUrl: `${parts.googleUrl}${AUTHORIZATION_PATH}`,
    clientId: DEV_CLIENT_ID,
    redirectUri: callbackOf(gatewayPort),
    scopes: PRODUCT_SCOPES,
    users: APP_USERS,
    rights,
  };
  return { routes: demoRoutes(setup, { company, login }), close: () => company.close() };
}
