/**
 * The demonstration's page. Steps 1 and 2 are an app's part of the work, as docs/app-side.md tells
 * it; the rest asks the company's back end, and shows what that says it did.
 */

import { challengeOf, random } from './pkce.js';
import { shortened, show } from './wire.js';

/** One sign-in under way, for as long as the browser is at Google. */
const ATTEMPT = 'sign-in';

/** What Google says, if it was Google that sent the person here. */
const answer = takeAnswer();
const setup = await (await fetch('/demo/setup')).json();

/** Google's name for the person who connected; undefined before. */
let userId;
let busy = false;

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
for (const button of document.querySelectorAll('button')) {
  button.addEventListener('click', () => run(ACTS[button.dataset.act]));
}
turnTo('sign-in');
say('Begin with step 1.');
if (answer !== undefined) await run(comeBack);

/** While something runs nothing else is begun. Then the focus is where the person goes on. */
async function run(act) {
  if (busy) return;
  busy = true;
  try {
    await act();
  } catch {
    say('The development stack does not answer. Is npm run dev still running?', 'bad');
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
  const attempt = { state: random(), nonce: random(), codeVerifier: random() };
  sessionStorage.setItem(ATTEMPT, JSON.stringify(attempt));
  const query = new URLSearchParams(await authorizationRequest(attempt));
  location.assign(`${setup.authorizationUrl}?${query}`);
}

async function authorizationRequest({ state, nonce, codeVerifier }) {
  const { clientId, redirectUri, scopes } = setup;
  return {
    client_id: clientId,
    redirect_uri: redirectUri,
    response_type: 'code',
    scope: scopes.join(' '),
    access_type: 'offline',
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
  await connect({ code, nonce: attempt.nonce, codeVerifier: attempt.codeVerifier });
}

async function connect({ code, nonce, codeVerifier }) {
  const { redirectUri } = setup;
  const body = { code, codeSource: 'WEB_REDIRECT', redirectUri, codeVerifier, nonce };
  const began = performance.now();
  const { status, json } = await post('/v1/google/code', body);
  show('connect', {
    from: 'This page',
    to: 'Gateway',
    what: 'POST /v1/google/code',
    sent: shortened(body, ['code', 'codeVerifier', 'nonce']),
    got: json,
    ended: status === 200 ? 'OK' : json.reason,
    tookMs: Math.round(performance.now() - began),
  });
  holds('page');
  if (status !== 200) {
    return fail('connect', `Refused: ${json.reason}. ${json.detail}`, 'sign-in');
  }
  userId = json.userId;
  holds('vault', 'the client’s secret, and the refresh token');
  say(`${json.profile.name} is connected. The refresh token was in no answer.`);
  turnTo('list', 'connect');
}

async function list() {
  const { calls, files } = await tell('list', '/demo/list');
  if (files === undefined) return fail('list', `Refused: ${calls.at(-1).ended}.`, 'sign-in');
  find('.files').replaceChildren(...files.map((name) => element('li', name)));
  const until = new Date(calls[0].got.expireTime).toLocaleTimeString([], { timeStyle: 'short' });
  holds('drive-worker', `an access token for Drive’s app folder, until ${until}`);
  say(`drive-worker found ${files.length} files. No token came to this page.`);
  turnTo('disconnect', 'list');
}

async function tryAsGateway() {
  const { calls } = await tell('list', '/demo/try-as-gateway');
  say(`Refused: ${calls[0].ended}. Who takes over the gateway gets no token.`);
}

async function disconnect() {
  const { calls } = await tell('disconnect', '/demo/disconnect');
  if (calls[0].ended !== 'OK') return fail('disconnect', `It did not work: ${calls[0].ended}.`);
  holds('vault', 'the client’s secret; the user is marked as revoked', false);
  holds('drive-worker', 'an access token that Google refuses', false);
  say('Disconnected, at Google too. What was given out is dead.');
  turnTo('refused', 'disconnect');
  for (const button of document.querySelectorAll('#list button')) button.disabled = true;
}

async function listAgain() {
  const { calls, files } = await tell('refused', '/demo/list');
  if (files !== undefined) return fail('refused', 'It was not refused, which it should be.');
  say(`Refused, as it should be: ${calls[0].ended}.`);
  find('#refused').dataset.state = 'done';
  find('[data-act="list-again"]').disabled = true;
}

async function tell(step, path) {
  const { status, json } = await post(path, { userId });
  if (status !== 200) throw new Error(json.reason);
  find(`#${step} .wire`).replaceChildren();
  for (const call of json.calls) show(step, call);
  return json;
}

async function post(path, body) {
  const answer = await fetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-requested-with': 'XmlHttpRequest' },
    body: JSON.stringify(body),
  });
  return { status: answer.status, json: await answer.json() };
}

/** Makes a step the one to take, after `before` is done. */
function turnTo(step, before) {
  if (before !== undefined) find(`#${before}`).dataset.state = 'done';
  find(`#${step}`).dataset.state = 'now';
  for (const button of document.querySelectorAll('.steps button')) {
    const { state } = button.closest('li').dataset;
    button.disabled = state === 'later' || (state === 'done' && button.closest('#list') === null);
  }
}

function fail(step, text, next = step) {
  say(text, 'bad');
  if (next !== step) turnTo(next);
  find(`#${step}`).dataset.state = next === step ? 'now' : 'failed';
}

function say(text, tone = 'good') {
  find('#status').textContent = text;
  find('#status').dataset.tone = tone;
}

function holds(holder, what = 'nothing', marked = what !== 'nothing') {
  const place = find(`[data-holder="${holder}"] .holds`);
  place.textContent = what;
  place.toggleAttribute('data-some', marked);
}

function element(name, text) {
  const made = document.createElement(name);
  made.textContent = text;
  return made;
}

function find(selector) {
  return document.querySelector(selector);
}
