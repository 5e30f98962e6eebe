import type { MoreRoutes } from '../../gateway/server.ts';
import { DEV_RPCS } from '../dev-config.ts';
import { AUTHORIZATION_PATH } from '../google/provider.ts';
import { callbackOf, DEV_CLIENT_ID } from '../oauth-client.ts';
import { PRODUCT_SCOPES } from '../product-scopes.ts';
import { Company, type CompanyParts } from './company.ts';
import { demoRoutes } from './routes.ts';

export interface DemoParts extends CompanyParts {
  readonly gatewayPort: number;
}

/** A page on which a person takes the steps of the story in a browser. */
export interface Demo {
  /** For the gateway of development. */
  readonly routes: MoreRoutes;
  close(): void;
}

export function openDemo({ gatewayPort, ...parts }: DemoParts): Demo {
  const company = new Company(parts);
  const { operator: _operator, ...rights } = DEV_RPCS;
  const setup = {
    authorizationUrl: `${parts.googleUrl}${AUTHORIZATION_PATH}`,
    clientId: DEV_CLIENT_ID,
    redirectUri: callbackOf(gatewayPort),
    scopes: PRODUCT_SCOPES,
    rights,
  };
  return { routes: demoRoutes(setup, company), close: () => company.close() };
}
