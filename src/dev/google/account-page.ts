import { createHash } from 'node:crypto';
import type { Reply, Route, StandInRequest } from './http.ts';
import { AUTHORIZATION_PATH, type Project } from './provider.ts';
import { canonicalScope } from './scopes.ts';
import { emailOf, type StandInUser } from './users.ts';

/** These three say who the user is; they cannot be unticked at Google either. */
const ALWAYS = new Set(canonicalScope('openid email profile').split(' '));

/** What Google's consent screen says of the scopes that demonstrations ask for. */
const PURPOSES: ReadonlyMap<string, string> = new Map([
  [
    'https://www.googleapis.com/auth/drive.appdata',
    'See, create and delete its own configuration data in your Google Drive',
  ],
  [
    'https://www.googleapis.com/auth/drive.readonly',
    'See and download all your Google Drive files',
  ],
  ['https://www.googleapis.com/auth/drive', 'See, edit and delete all of your Google Drive files'],
]);

/**
 * What a browser sees at the authorization endpoint: the accounts, and what each may grant. Sending
 * the form asks the same endpoint with `login_hint` and the ticked scopes, which signs in at once. A
 * request that is no browser's, or names its account, never sees this page.
 */
export function accountPageRoute({ clients, users }: Project): Route {
  return (request) => {
    if (request.path !== AUTHORIZATION_PATH || !request.showsPages) return undefined;
    const { query } = request;
    if ((query.get('login_hint') ?? '') !== '') return undefined;
    // The library has the words for what is wrong with the request, and for one that may show nothing.
    if (words(query.get('prompt')).includes('none')) return undefined;
    const redirectUri = query.get('redirect_uri') ?? '';
    if (!URL.canParse(redirectUri)) return undefined;
    if (!clients.mayReturnTo(query.get('client_id') ?? '', redirectUri)) return undefined;
    return page(request, users.list());
  };
}

function words(list: string | null): readonly string[] {
  return (list ?? '').split(' ');
}

function page({ query }: StandInRequest, users: readonly StandInUser[]): Reply {
  const scopes = canonicalScope(query.get('scope') ?? '').split(' ');
  const kept = [...query].filter(([name]) => name !== 'scope' && name !== 'login_hint');
  const always = scopes.filter((scope) => ALWAYS.has(scope)).map((scope) => ['scope', scope]);
  const hidden = [...kept, ...always].map(
    ([name = '', value = '']) =>
      `<input type="hidden" name="${escaped(name)}" value="${escaped(value)}">`,
  );
  const asked = scopes.filter((scope) => !ALWAYS.has(scope) && scope !== '');
  const body = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>Sign in: the Google stand-in</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<p class="note">A stand-in for Google, on this machine</p>
<h1>Choose an account</h1>
<p>to go on to <b>${escaped(new URL(query.get('redirect_uri') ?? '').host)}</b></p>
<form action="${AUTHORIZATION_PATH}">
${hidden.join('\n')}
<fieldset><legend>Account</legend>
${users.map(accountChoice).join('\n')}
</fieldset>
${asked.length === 0 ? '' : scopeChoices(asked)}
<p class="buttons"><a href="${escaped(refusalOf(query))}">Cancel</a><button>Continue</button></p>
</form>
</main>
</body>
</html>
`;
  return { status: 200, headers: pageHeaders(), body };
}

function accountChoice(user: StandInUser, index: number): string {
  const checked = index === 0 ? ' checked' : '';
  return `<label><input type="radio" name="login_hint" value="${escaped(user.sub)}"${checked}>
<span>${escaped(user.name ?? user.sub)}<small>${escaped(emailOf(user))}</small></span></label>`;
}

function scopeChoices(scopes: readonly string[]): string {
  return `<fieldset><legend>It asks you to let it</legend>
${scopes.map(scopeChoice).join('\n')}
</fieldset>`;
}

function scopeChoice(scope: string): string {
  return `<label><input type="checkbox" name="scope" value="${escaped(scope)}" checked>
<span>${escaped(PURPOSES.get(scope) ?? scope)}<small>${escaped(scope)}</small></span></label>`;
}

/** Where "Cancel" leads (RFC 6749 section 4.1.2.1). */
function refusalOf(query: URLSearchParams): string {
  const back = new URL(query.get('redirect_uri') ?? '');
  back.searchParams.set('error', 'access_denied');
  const state = query.get('state');
  if (state !== null) back.searchParams.set('state', state);
  return back.href;
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: light-dark(#eef1f5, #16191e); }
main { box-sizing: border-box; width: min(26rem, 100vw); padding: 2rem; border-radius: 1rem; background: light-dark(#fff, #20242b); }
h1 { margin: 0; font-size: 1.5rem; font-weight: 500; }
p { margin: 0 0 1rem; }
.note { display: inline-block; padding: 0 .7rem; border-radius: 1rem; font-size: .8rem; background: light-dark(#fdf0cd, #4d3f12); }
fieldset { margin: 0 0 1rem; padding: 0; border: 0; }
legend { padding: 0 0 .3rem; font-size: .85rem; color: light-dark(#57606a, #9aa4b0); }
label { display: flex; gap: .8rem; align-items: baseline; padding: .6rem .8rem; border: 1px solid light-dark(#d6dbe1, #3a414b); cursor: pointer; }
label:first-of-type { border-radius: .6rem .6rem 0 0; }
label:last-of-type { border-radius: 0 0 .6rem .6rem; }
label:only-of-type { border-radius: .6rem; }
label + label { border-top: 0; }
small { display: block; color: light-dark(#57606a, #9aa4b0); overflow-wrap: anywhere; }
.buttons { display: flex; justify-content: space-between; align-items: center; margin: 1.5rem 0 0; }
a { color: inherit; }
button { padding: .6rem 1.4rem; border: 0; border-radius: 2rem; font: inherit; font-weight: 500; color: #fff; background: #1a56c4; cursor: pointer; }
:focus-visible { outline: 3px solid #7aa7ff; outline-offset: 2px; }
`;

/** Nothing may be loaded, and no script runs. Chromium would hold `form-action` against the redirect. */
function pageHeaders(): Readonly<Record<string, string>> {
  const style = createHash('sha256').update(STYLE).digest('base64');
  return {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': `default-src 'none'; img-src data:; style-src 'sha256-${style}'; base-uri 'none'; frame-ancestors 'none'`,
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
  };
}
