// Trouble on demand: faults, the rate limit and the clock.

import { ask, order, submitting, withdraw } from './ask.js';
import { at, count, emptyState, make, reconcile } from './dom.js';

const number = (name, label, value) => ({ name, label, value });

// What each kind of fault does, the numbers that it needs, and a sentence about one that is set.
const KINDS = {
  status: {
    words: 'Refuse with a status',
    numbers: [number('code', 'Status', 429), number('retryAfterSecs', 'Retry-After, seconds', '')],
    tell: ({ code, retryAfterSecs }) => `Refuse with ${code}${retryAfterSecs === null ? '' : `, Retry-After ${retryAfterSecs}`}`,
  },
  slow: { words: 'Answer late', numbers: [number('delayMs', 'Milliseconds', 3000)], tell: ({ delayMs }) => `Answer ${delayMs.toLocaleString()} ms late` },
  hang: { words: 'Never answer' },
  cut: { words: 'Break the answer off', numbers: [number('afterBytes', 'After bytes', 100)], tell: ({ afterBytes }) => `Break the answer off after ${count(afterBytes, 'byte', 'bytes')}` },
  wrongLength: { words: 'Promise a longer answer than comes' },
  invalidJson: { words: 'Answer something that is no JSON' },
  emptyBody: { words: 'Answer without a body' },
  emptyPage: { words: 'Answer an empty page with a next one' },
  late: { words: 'Do it, then fail', numbers: [number('code', 'Status', 502)], tell: ({ code }) => `Do it, then fail with ${code}` },
  undecryptable: { words: 'Leave texts encrypted' },
  lagging: { words: 'Not know yet what is new', numbers: [number('secs', 'Seconds', 60)], tell: ({ secs }) => `Not know what is younger than ${count(secs, 'second', 'seconds')}` },
};
const OFTEN = {
  times: ['Next requests', 'number', '1'],
  share: ['Share from 0 to 1', 'number', '0.1'],
  sequence: ['Pattern, x strikes and . passes', 'text', '..x'],
};

export function setUp(refresh) {
  for (const [kind, { words }] of Object.entries(KINDS)) at('fault-kind').append(make('option', { value: kind, text: words }));
  at('fault-kind').addEventListener('change', showNumbers);
  at('fault-often').addEventListener('change', showOften);
  showNumbers();
  showOften();
  on('fault-form', 'fault-set', 'fault-error', async () => order('faults', faultOrder()), refresh);
  on('limit-form', 'limit-set', 'limit-error', async () =>
    order('rate-limit', { requests: Number(at('limit-requests').value), perSecs: Number(at('limit-secs').value) }), refresh);
  on('clock-form', 'clock-set', 'clock-error', async () =>
    order('clock', { advanceSecs: Math.round(Number(at('clock-amount').value) * Number(at('clock-unit').value)) }), refresh);
  at('faults-clear').addEventListener('click', () => quietly(withdraw('faults'), 'fault-error', refresh));
  at('limit-lift').addEventListener('click', () => quietly(withdraw('rate-limit'), 'limit-error', refresh));
}

function on(form, button, error, work, refresh) {
  at(form).addEventListener('submit', async (event) => {
    event.preventDefault();
    if (await submitting(at(button), at(error), work)) refresh();
  });
}

async function quietly(working, error, refresh) {
  try {
    await working;
    at(error).textContent = '';
    refresh();
  } catch (refused) {
    at(error).textContent = refused.message;
  }
}

function showNumbers() {
  const { numbers = [] } = KINDS[at('fault-kind').value];
  at('fault-numbers').replaceChildren(...numbers.map(({ name, label, value }) => make('div', { className: 'field' },
    make('label', { for: `fault-${name}`, text: label }),
    make('input', { id: `fault-${name}`, type: 'number', min: 0, value, required: value !== '', 'data-name': name }))));
}

function showOften() {
  const [label, type, value] = OFTEN[at('fault-often').value];
  at('fault-amount-label').textContent = label;
  Object.assign(at('fault-amount'), { type, step: 'any', value });
}

function faultOrder() {
  const fault = { kind: at('fault-kind').value };
  for (const input of at('fault-numbers').querySelectorAll('input')) {
    if (input.value !== '') fault[input.dataset.name] = Number(input.value);
  }
  const often = at('fault-often').value;
  const amount = at('fault-amount').value;
  return {
    [often]: often === 'sequence' ? amount : Number(amount),
    method: at('fault-method').value || undefined,
    path: at('fault-path').value.trim() || undefined,
    fault,
  };
}

export async function showFaults() {
  const [{ items }, limit] = await Promise.all([ask('faults'), ask('rate-limit')]);
  const numbered = items.map((item, index) => ({ ...item, index }));
  reconcile(at('faults'), numbered, ({ index }) => String(index), (item) => make('li', { className: 'entry' },
    make('p', { className: 'name', text: what(item) }),
    make('p', { className: 'muted small', text: `${where(item)}; ${howOften(item)}; ${count(item.met, 'request', 'requests')} so far` })));
  if (items.length === 0) emptyState(at('faults'), 'No fault is set: every request is answered as Webex would.');
  at('faults-clear').hidden = items.length === 0;
  at('limit-now').textContent = limit
    ? `Each person has ${count(limit.requests, 'request', 'requests')} in ${count(limit.perSecs, 'second', 'seconds')}.`
    : 'No limit is set. Webex grants about 300 requests a minute.';
  at('limit-lift').hidden = !limit;
}

function what({ fault }) {
  const kind = KINDS[fault.kind];
  return kind?.tell?.(fault) ?? kind?.words ?? fault.kind;
}

const where = ({ method, path }) => [method ?? 'any method', path ?? 'any path'].join(' ');

function howOften({ times, share, sequence }) {
  if (times !== null) return count(times, 'time', 'times');
  return share === null ? `pattern ${sequence}` : `${(share * 100).toLocaleString()} % of them`;
}
