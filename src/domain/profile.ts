/** What an ID token says about its user, as far as the granted scopes let it (OIDC Core 5.1). */
export interface Profile {
  readonly email?: string;
  readonly emailVerified?: boolean;
  readonly name?: string;
  readonly givenName?: string;
  readonly familyName?: string;
  readonly picture?: string;
  readonly locale?: string;
  /** Google's `hd` claim: the Workspace domain of the account. */
  readonly hostedDomain?: string;
}

/** A verified ID token: `userId` is its `sub`, never reused and the same for every client. */
export interface Identity {
  readonly userId: string;
  readonly profile: Profile;
}
