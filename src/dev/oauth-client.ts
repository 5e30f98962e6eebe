export const DEV_CLIENT_ID = 'demo.apps.googleusercontent.com';

/** The one OAuth client of development, as in the `client_secret_….json` of Google's console. */
export function devOAuthClient(gatewayPort: number) {
  return {
    client_id: DEV_CLIENT_ID,
    client_secret: 'GOCSPX-demo-client-secret',
    redirect_uris: ['http://127.0.0.1:8080/callback', callbackOf(gatewayPort)],
  };
}

/** Where Google sends the person back who signed in on the demonstration's page. */
export function callbackOf(gatewayPort: number): string {
  return `https://localhost:${gatewayPort}/google/callback`;
}
