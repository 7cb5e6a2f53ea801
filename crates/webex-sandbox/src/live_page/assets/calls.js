// What the API was asked: newest first, filtered, and one of them whole.

import { ask } from './ask.js';
import { at, copyable, emptyState, facts, make, oneStop, precise, reconcile, shortened } from './dom.js';

const MAX_SHOWN = 500;
const settle = oneStop(at('calls'));
const FILTERS = ['call-method', 'call-status', 'call-who', 'call-path'];

export function setUp(refresh) {
  for (const id of FILTERS) at(id).addEventListener('input', refresh);
}

/** Shows the calls; `open` is called with the number of the one that was chosen. */
export async function showCalls(opened, open) {
  const { items } = await ask(`calls?newest=${MAX_SHOWN}`);
  items.reverse();
  offer(at('call-method'), 'Method', items.map(({ method }) => method));
  offer(at('call-who'), 'Who', items.map(({ principal }) => principal ?? 'nobody'));
  const fitting = items.filter(fits);
  const rows = fitting.map((call) => ({ ...call, isCurrent: String(call.number) === opened }));
  reconcile(at('calls'), rows, ({ number }) => String(number), (call) => make('li', {}, row(call, open)));
  if (items.length === 0) {
    emptyState(at('calls'), 'Nobody has called the API yet.', `Each request to ${new URL('../v1', location.href).href} is listed here.`);
  } else if (fitting.length === 0) emptyState(at('calls'), 'No call fits the filters.');
  settle();
  const call = items.find(({ number }) => String(number) === opened);
  return call ? { title: `${call.method} ${shortened(call.path)}`, body: whole(call) } : null;
}

function offer(select, any, values) {
  const chosen = select.value;
  const known = [...new Set(chosen ? [chosen, ...values] : values)].sort();
  const items = [{ value: '', text: any }, ...known.map((value) => ({ value, text: value }))];
  reconcile(select, items, ({ value }) => value, ({ value, text }) => make('option', { value, text }));
  select.value = chosen;
}

function fits({ method, status, principal, path, query, trackingId }) {
  const [wantedMethod, wantedStatus, wantedWho, wantedPath] = FILTERS.map((id) => at(id).value.trim());
  const hundreds = status === null ? '' : String(Math.floor(status / 100));
  const words = `${path}?${query ?? ''} ${trackingId}`.toLowerCase();
  return (!wantedMethod || method === wantedMethod)
    && (!wantedStatus || wantedStatus === hundreds || (wantedStatus === 'bad' && status >= 400))
    && (!wantedWho || (principal ?? 'nobody') === wantedWho)
    && words.includes(wantedPath.toLowerCase());
}

const tone = (status) => (status === null ? 'muted' : status >= 500 ? 'bad' : status >= 400 ? 'warn' : 'good');
const lasted = (ms) => (ms === null ? '' : ms < 1_000 ? `${ms} ms` : `${(ms / 1_000).toLocaleString([], { maximumFractionDigits: 1 })} s`);

function row(call, open) {
  const made = make('button', { type: 'button', className: 'row call', 'aria-current': call.isCurrent ? 'true' : null },
    make('span', { className: 'first' },
      make('span', { className: `status ${tone(call.status)}`, text: call.status === null ? 'open' : String(call.status) }),
      make('span', { className: 'method', text: call.method }),
      make('span', { className: 'path', text: shortened(call.path), title: call.path }),
      make('time', { className: 'at', datetime: '', text: precise(call.started) })),
    make('span', { className: 'second' },
      make('span', { text: call.principal ?? 'nobody' }), make('span', { text: lasted(call.durationMs) }),
      call.fault && make('span', { className: 'warn', text: `fault: ${call.fault}` })));
  made.querySelector('time').removeAttribute('datetime');
  made.addEventListener('click', () => open(String(call.number)));
  return made;
}

function whole(call) {
  const query = [...new URLSearchParams(call.query ?? '')];
  return make('div', {},
    facts([
      ['Time', new Date(call.started).toLocaleString()],
      ['Method', call.method],
      ['Path', copyable(call.path, { whole: true })],
      ['Status', call.status === null ? 'not answered yet' : String(call.status)],
      ['Duration', lasted(call.durationMs)],
      ['Who', call.principal ?? 'nobody: the token is unknown or missing'],
      ['Fault', call.fault && `${call.fault}, as it was set`],
      ['Tracking id', copyable(call.trackingId, { whole: true })],
    ]),
    query.length > 0 && make('h3', { text: 'Query' }),
    query.length > 0 && facts(query.map(([name, value]) => [name, copyable(value, { whole: true })])));
}
