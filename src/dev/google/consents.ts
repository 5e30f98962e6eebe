export interface Consent {
  readonly clientId: string;
  readonly sub: string;
  /** Canonical, separated by spaces. */
  readonly scope: string;
  readonly accessType: string;
  readonly prompt: string;
}

/**
 * Who agreed to what, and whether a refresh token comes of it: with `access_type=offline`, and only
 * when the consent screen was shown, that is the first time, for new scopes, or with
 * `prompt=consent` (https://developers.google.com/identity/protocols/oauth2/web-server#offline).
 */
export class Consents {
  readonly #agreed = new Map<string, Map<string, Set<string>>>();
  readonly #offlineGrants = new Set<string>();

  record(grantId: string, consent: Consent): void {
    const agreed = this.#scopesOf(consent.sub, consent.clientId);
    const asked = consent.scope.split(' ');
    const shown =
      consent.prompt.split(' ').includes('consent') || asked.some((scope) => !agreed.has(scope));
    for (const scope of asked) agreed.add(scope);
    if (shown && consent.accessType === 'offline') this.#offlineGrants.add(grantId);
  }

  givesRefreshToken(grantId: string | undefined): boolean {
    return grantId !== undefined && this.#offlineGrants.has(grantId);
  }

  /** After a revocation the next sign-in shows the consent screen again. */
  forget(sub: string): void {
    this.#agreed.delete(sub);
  }

  #scopesOf(sub: string, clientId: string): Set<string> {
    const clients = this.#agreed.get(sub) ?? new Map<string, Set<string>>();
    this.#agreed.set(sub, clients);
    const scopes = clients.get(clientId) ?? new Set<string>();
    clients.set(clientId, scopes);
    return scopes;
  }
}
