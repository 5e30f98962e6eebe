/** The parts of the page that change: steps, the line that says what is so, who holds what. */

/** Makes a step the one to take, after `before` is done. */
export function turnTo(step, before) {
  if (before !== undefined) find(`#${before}`).dataset.state = 'done';
  find(`#${step}`).dataset.state = 'now';
  for (const button of document.querySelectorAll('.steps button')) {
    const { state } = button.closest('li').dataset;
    button.disabled = state === 'later' || (state === 'done' && button.closest('#list') === null);
  }
}

export function fail(step, text, next = step) {
  say(text, 'bad');
  if (next !== step) turnTo(next);
  find(`#${step}`).dataset.state = next === step ? 'now' : 'failed';
}

export function say(text, tone = 'good') {
  find('#status').textContent = text;
  find('#status').dataset.tone = tone;
}

export function holds(holder, what = 'nothing', marked = what !== 'nothing') {
  const place = find(`[data-holder="${holder}"] .holds`);
  place.textContent = what;
  place.toggleAttribute('data-some', marked);
}

export function element(name, text) {
  const made = document.createElement(name);
  made.textContent = text;
  return made;
}

export function find(selector) {
  return document.querySelector(selector);
}
