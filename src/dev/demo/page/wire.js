/** What went over the wire, shown under a step. */

/** Characters. */
const LINE = 44;

const template = document.querySelector('#call');

/** Appends a call to the wire of a step. Texts only: nothing is ever read as markup. */
export function show(step, { from, to, what, sent, got, ended, tookMs }) {
  const figure = template.content.cloneNode(true);
  const write = (name, text) => {
    figure.querySelector(`.${name}`).textContent = text;
  };
  write('from', from);
  write('to', to);
  write('what', what);
  write('sent', pretty(sent));
  write('got', pretty(got));
  write('ended', tookMs === undefined ? ended : `${ended} · ${tookMs} ms`);
  if (ended !== 'OK') figure.querySelector('.ended').dataset.tone = 'bad';
  document.querySelector(`#${step} .wire`).append(figure);
}

function pretty(value) {
  const text = JSON.stringify(value).replaceAll('https://www.googleapis.com/auth/', '…/auth/');
  return lines(JSON.parse(text), '');
}

/** JSON that breaks a line only where it would become long. */
function lines(value, indent) {
  const whole = JSON.stringify(value, null, 1).replaceAll(/\n */g, ' ');
  if (typeof value !== 'object' || value === null || whole.length <= LINE) return whole;
  const deeper = `${indent}  `;
  const name = (key) => (Array.isArray(value) ? '' : `${JSON.stringify(key)}: `);
  const parts = Object.entries(value).map(
    ([key, part]) => `${deeper}${name(key)}${lines(part, deeper)}`,
  );
  const [open, close] = Array.isArray(value) ? '[]' : '{}';
  return `${open}\n${parts.join(',\n')}\n${indent}${close}`;
}

/** A copy in which some values are only begun. */
export function shortened(object, names) {
  const entries = Object.entries(object).map(([name, value]) =>
    names.includes(name) ? [name, `${value.slice(0, 6)}…`] : [name, value],
  );
  return Object.fromEntries(entries);
}
