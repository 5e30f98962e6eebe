export type { Reason } from '../domain/reasons.ts';
export type { AccessToken } from './access-token.ts';
export type { AccessTokensOptions, UserIds } from './access-tokens.ts';
export type { TokenVaultConnection } from './connect.ts';
export type { ConnectionProblem } from './connection-problem.ts';
export type {
  CertificateSettings,
  ConnectionSettings,
  TokenSettings,
} from './connection-settings.ts';
export * from './messages.ts';
export { SettingsError } from './settings-error.ts';
export type { AccessTokenRequest, TokenRequest } from './token-request.ts';
export {
  type CallTerms,
  TokenVault,
  type TokenVaultCalls,
  type TokenVaultOptions,
  type UserName,
} from './token-vault.ts';
export { TokenVaultError } from './token-vault-error.ts';
export type { UserToken } from './user-token.ts';
