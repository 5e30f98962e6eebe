/**
 * The demonstration's page. Steps 1 and 2 are an app's part of the work, as docs/app-side.md tells
 * it; the rest asks the company's back end, and shows what that says it did.
 */

import { challengeOf, random } from './pkce.js';
import { element, fail, find, holds, say, turnTo } from './stage.js';
import { shortened, show } from './wire.js';

/** One sign-in under way, for as long as the browser is at Google. */
const ATTEMPT = 'sign-in';

/** Google gave its refresh token with the code that was refused, and gives another on consent alone. */
const OTHERWISE = {
  USER_MISMATCH: { prompt: 'consent', replaceAccount: true },
  REFRESH_TOKEN_MISSING: { prompt: 'consent' },
};

/** What Google says, if it was Google that sent the person here. */
const answer = takeAnswer();
const setup = await (await fetch('/demo/setup')).json();

let busy = false;
/** What the next sign-in does otherwise, after one was refused. */
let otherwise = {};

const ACTS = {
  'sign-in': signIn,
  list,
  'try-as-gateway': tryAsGateway,
  disconnect,
  'list-again': listAgain,
  'start-over': () => location.assign('/'),
};

for (const [caller, rpcs] of Object.entries(setup.rights)) {
  find(`[data-holder="${caller}"] .may`).textContent = `may only call ${rpcs.join(', ')}`;
}
const { user, isConnected } = await session();
for (const button of document.querySelectorAll('button')) {
  button.addEventListener('click', () => run(ACTS[button.dataset.act]));
}
find('fieldset').append(...setup.users.map(choice));
turnTo('sign-in');
say('Begin with step 1.');
if (answer !== undefined) await run(comeBack);
else if (isConnected) goOn();

/** Who the company's own login says that this is: at first, the first. */
async function session() {
  const { json } = await post('/demo/session', {});
  if (json.user !== undefined) return json;
  await post('/demo/login', { user: setup.users[0] });
  return (await post('/demo/session', {})).json;
}

function choice(name) {
  const label = element('label', name);
  const input = Object.assign(document.createElement('input'), { type: 'radio', name: 'user' });
  input.checked = name === user;
  input.addEventListener('change', async () => {
    await post('/demo/login', { user: name });
    location.assign('/');
  });
  label.prepend(input);
  return label;
}

/** They connected before: in a former visit, or in the story that the terminal tells. */
function goOn() {
  holds('vault', 'the client’s secret, and the refresh token');
  say(`${user} is connected already. Go on with step 3, or sign in once more.`);
  turnTo('list', 'connect');
  find('#sign-in').dataset.state = 'done';
  find('[data-act="sign-in"]').disabled = false;
}

/** While something runs nothing else is begun. Then the focus is where the person goes on. */
async function run(act) {
  if (busy) return;
  busy = true;
  try {
    await act();
  } catch {
    say(
      'That did not work. Is npm run dev still running? If so, load this page again: somebody else may have signed in.',
      'bad',
    );
  } finally {
    busy = false;
    find('[data-state="now"] button, [data-state="done"] [data-act="start-over"]')?.focus();
  }
}

/** The code leaves the address bar before anything else is done. */
function takeAnswer() {
  if (location.search === '') return undefined;
  const query = new URLSearchParams(location.search);
  history.replaceState(null, '', '/');
  return query;
}

async function signIn() {
  const attempt = { user, state: random(), nonce: random(), codeVerifier: random(), ...otherwise };
  sessionStorage.setItem(ATTEMPT, JSON.stringify(attempt));
  const query = new URLSearchParams(await authorizationRequest(attempt));
  location.assign(`${setup.authorizationUrl}?${query}`);
}

async function authorizationRequest({ state, nonce, codeVerifier, prompt }) {
  const { clientId, redirectUri, scopes } = setup;
  return {
    client_id: clientId,
    redirect_uri: redirectUri,
    response_type: 'code',
    scope: scopes.join(' '),
    access_type: 'offline',
    ...(prompt === undefined ? {} : { prompt }),
    state,
    nonce,
    code_challenge: await challengeOf(codeVerifier),
    code_challenge_method: 'S256',
  };
}

/** Google has sent the person back. */
async function comeBack() {
  const attempt = JSON.parse(sessionStorage.getItem(ATTEMPT) ?? '{}');
  sessionStorage.removeItem(ATTEMPT); // each is used once
  if (answer.get('state') !== attempt.state) {
    return fail('sign-in', 'This answer belongs to no sign-in of this page. Sign in once more.');
  }
  // Somebody else may have signed in to the app meanwhile, whose account this is not.
  if (attempt.user !== user) {
    return fail('sign-in', `${attempt.user} began this sign-in, not ${user}. Sign in once more.`);
  }
  const request = await authorizationRequest(attempt);
  const { redirect_uri, response_type, code_challenge_method, ...shown } = request;
  const code = answer.get('code');
  show('sign-in', {
    from: 'This page',
    to: 'Google',
    what: new URL(setup.authorizationUrl).pathname,
    sent: shortened(shown, ['state', 'nonce', 'code_challenge']),
    got: shortened(Object.fromEntries(answer), ['code', 'state']),
    ended: code === null ? answer.get('error') : 'OK',
  });
  if (code === null) return fail('sign-in', 'You did not agree at Google. Nothing has happened.');
  holds('page', 'the one-time code');
  turnTo('connect', 'sign-in');
  await connect(code, attempt);
}

async function connect(code, attempt) {
  const { nonce, codeVerifier } = attempt;
  const { redirectUri } = setup;
  const body = { code, codeSource: 'WEB_REDIRECT', redirectUri, codeVerifier, nonce };
  if (attempt.replaceAccount) body.replaceAccount = true;
  const { token } = await job('/demo/login-token');
  const began = performance.now();
  const authorization = `Bearer ${token}`;
  const { status, json } = await post('/v1/google/code', body, { authorization });
  show('connect', {
    from: 'This page',
    to: 'Gateway',
    what: 'POST /v1/google/code',
    sent: {
      authorization: `Bearer … (says: ${user})`,
      ...shortened(body, ['code', 'codeVerifier', 'nonce']),
    },
    got: json,
    ended: status === 200 ? 'OK' : json.reason,
    tookMs: Math.round(performance.now() - began),
  });
  holds('page');
  otherwise = OTHERWISE[json.reason] ?? {};
  if (json.reason === 'USER_MISMATCH') {
    const text = `${user} has another account connected. Sign in once more to replace it.`;
    return fail('connect', text, 'sign-in');
  }
  if (status !== 200) {
    return fail('connect', `Refused: ${json.reason}. ${json.detail}`, 'sign-in');
  }
  holds('vault', 'the client’s secret, and the refresh token');
  say(`${user} is connected as ${json.profile.name}. The refresh token was in no answer.`);
  turnTo('list', 'connect');
}

async function list() {
  const { calls, files } = await tell('list', '/demo/list');
  if (files === undefined) return fail('list', `Refused: ${calls.at(-1).ended}.`, 'sign-in');
  find('.files').replaceChildren(...files.map((name) => element('li', name)));
  holds('drive-worker', 'an access token: Drive’s app folder, one hour');
  say(`drive-worker found ${files.length} files. No token came to this page.`);
  turnTo('disconnect', 'list');
}

async function tryAsGateway() {
  const { calls } = await tell('list', '/demo/try-as-gateway');
  say(`Refused: ${calls.at(-1).ended}. Who takes over the gateway gets no token.`);
}

async function disconnect() {
  const { calls } = await tell('disconnect', '/demo/disconnect');
  const { ended } = calls.at(-1);
  if (ended !== 'OK') return fail('disconnect', `It did not work: ${ended}.`);
  holds('vault', 'the client’s secret; the user is marked as revoked', false);
  holds('drive-worker', 'an access token that Google refuses', false);
  say('Disconnected, at Google too. What was given out is dead.');
  turnTo('refused', 'disconnect');
  for (const button of document.querySelectorAll('#list button')) button.disabled = true;
}

async function listAgain() {
  const { calls, files } = await tell('refused', '/demo/list');
  if (files !== undefined) return fail('refused', 'It was not refused, which it should be.');
  say(`Refused, as it should be: ${calls.at(-1).ended}.`);
  find('#refused').dataset.state = 'done';
  find('[data-act="list-again"]').disabled = true;
}

async function tell(step, path) {
  const json = await job(path);
  find(`#${step} .wire`).replaceChildren();
  for (const call of json.calls) show(step, call);
  return json;
}

/** Done for whoever this page shows, and refused where that is not who is signed in any more. */
async function job(path) {
  const { status, json } = await post(path, { user });
  if (status !== 200) throw new Error(json.reason);
  return json;
}

async function post(path, body, headers = {}) {
  const response = await fetch(path, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-requested-with': 'XmlHttpRequest',
      ...headers,
    },
    body: JSON.stringify(body),
  });
  return { status: response.status, json: await response.json() };
}
