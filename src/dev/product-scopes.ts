export const DRIVE_APPDATA = 'https://www.googleapis.com/auth/drive.appdata';

/** What the product of development asks people for. */
export const PRODUCT_SCOPES = ['openid', 'email', 'profile', DRIVE_APPDATA] as const;
