import type { ConfigProblem } from '../config/config-problems.ts';
import type { GatewaySection } from '../config/gateway-section.ts';
import { NO_USABLE_KEYS } from '../config/login-jwt-section.ts';
import { keysIn } from '../jwt/fixed-keys.ts';

/** What is wrong with the file of keys for login tokens, without one of which a gateway does not start. */
export function loginKeyProblems({ login }: Pick<GatewaySection, 'login'>): ConfigProblem[] {
  if (login?.jwks === undefined || keysIn(login.jwks) !== undefined) return [];
  return [{ key: 'gateway.login_jwt.jwks_file', sentence: NO_USABLE_KEYS }];
}
