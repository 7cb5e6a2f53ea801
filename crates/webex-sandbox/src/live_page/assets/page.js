// The live page: asks for the overview and for what is open, again after each change.

import * as address from './address.js';
import { ask, order } from './ask.js';
import * as calls from './calls.js';
import * as composer from './composer.js';
import { at, setNow } from './dom.js';
import * as faults from './faults.js';
import { readOlder, showMessages, startOver } from './messages.js';
import { showMeetings, showPeople, showSpaces } from './spaces.js';
import { showWebhooks } from './webhooks.js';

// Time passes also when nothing else happens: meetings start.
const IDLE_REFRESH_MS = 30_000;
const TABS = ['calls', 'webhooks', 'faults', 'meetings'];
const PANES = ['spaces', 'messages', 'activity'];

// Where one is; texts, as in the address.
const place = { as: '', space: '', tab: 'calls', open: '' };
let overview = null;

const person = () => overview?.people.find(({ id }) => id === place.as) ?? null;

/** Goes somewhere: a person did so, or the page itself chose what there is. */
function go(changes, { isNew = true } = {}) {
  const before = { ...place };
  Object.assign(place, changes);
  if (before.space !== place.space || before.as !== place.as) startOver();
  address.note({ ...place, tab: place.tab === 'calls' ? '' : place.tab }, { isNew });
  showTab();
  if (!place.open) showDetail(null);
}

function showPane(name) {
  document.body.dataset.pane = name;
  for (const pane of PANES) at(`to-${pane}`).setAttribute('aria-pressed', String(pane === name));
}

function showTab() {
  for (const tab of TABS) {
    const isOpen = tab === place.tab;
    at(`tab-${tab}`).setAttribute('aria-selected', String(isOpen));
    at(`tab-${tab}`).tabIndex = isOpen ? 0 : -1;
    at(`panel-${tab}`).hidden = !isOpen;
  }
}

/** The entry that is open, beside its list. */
function showDetail(detail) {
  at('detail').hidden = !detail;
  if (!detail) return;
  at('detail-title').textContent = detail.title;
  const print = JSON.stringify([place.tab, place.open, detail.body.textContent]);
  if (at('detail').dataset.print === print) return;
  at('detail').dataset.print = print;
  at('detail-body').replaceChildren(detail.body);
  at('detail-body').scrollTop = 0;
}

const openEntry = (open) => {
  go({ open });
  refresh();
};

async function showActivity() {
  const { tab, open } = place;
  let detail = null;
  if (tab === 'calls') detail = await calls.showCalls(open, openEntry);
  else if (tab === 'webhooks') detail = await showWebhooks(place.as, open, openEntry, refresh);
  else if (tab === 'faults') await faults.showFaults();
  else showMeetings(overview);
  if (tab === place.tab && open === place.open) showDetail(detail);
}

async function show() {
  const find = at('find-space').value.trim();
  const asked = place.space;
  const wanted = Object.entries({ as: place.as, find, space: asked }).filter(([, value]) => value);
  overview = await ask(`overview${wanted.length > 0 ? `?${new URLSearchParams(wanted)}` : ''}`);
  setNow(overview.now);
  showPeople(overview, place.as);
  // The open space may not be among those listed or found.
  const opened = () => [overview.space, ...overview.spaces].find((known) => known?.id === place.space);
  if (place.space === asked && !opened()) go({ space: overview.spaces[0]?.id ?? '' }, { isNew: false });
  const space = opened();
  showSpaces(overview, space, find, (space) => {
    go({ space });
    showPane('messages');
    at('space-title').focus();
    refresh();
  });
  document.title = `${space ? `${space.title} – ` : ''}Webex sandbox`;
  const { as, space: id } = place;
  const look = { space: id, title: space?.title, viewer: as, person: person(), current: person, reply: composer.replyTo };
  const members = await showMessages(look, () => as === place.as && id === place.space);
  if (members) composer.show({ person: person(), space: id, title: space?.title ?? '', isReadOnly: Boolean(space?.isReadOnly), members });
  await showActivity();
}

// Keeping up

let running = false;
let isWanted = false;

/** Shows what there is now; asked for while it works, it works once more. */
async function refresh() {
  isWanted = true;
  if (running) return;
  running = true;
  while (isWanted) {
    isWanted = false;
    try {
      await show();
      connection('live', 'good');
    } catch (error) {
      // A person or a space that was just deleted: the next look is at what is left.
      const isGone = error.status === 404 && Boolean(place.as || place.space);
      if (isGone) {
        go({ as: '', space: '' }, { isNew: false });
        isWanted = true;
      } else if (error.status === 401) location.reload();
      else connection('The sandbox does not answer.', 'bad');
    }
  }
  running = false;
}

function connection(text, tone) {
  at('connection').textContent = text;
  at('connection').className = tone;
}

// What a person does

function setUp() {
  Object.assign(place, address.read());
  if (!TABS.includes(place.tab)) place.tab = 'calls';
  composer.setUp(refresh);
  calls.setUp(refresh);
  faults.setUp(refresh);
  showTab();
  showPane(place.open ? 'activity' : 'messages');
  at('viewer').addEventListener('change', ({ target }) => {
    go({ as: target.value, open: '' });
    refresh();
  });
  at('find-space').addEventListener('input', refresh);
  at('older').addEventListener('click', () => {
    readOlder();
    refresh();
  });
  at('clock').addEventListener('click', async ({ target }) => {
    const advanceSecs = Number(target.dataset.advanceSecs);
    if (!advanceSecs) return;
    await order('clock', { advanceSecs }).catch(() => {});
    refresh();
  });
  at('detail-close').addEventListener('click', () => {
    const list = at('pane-activity').querySelector('[role="tabpanel"]:not([hidden]) .row[aria-current]');
    openEntry('');
    list?.focus();
  });
  for (const pane of PANES) at(`to-${pane}`).addEventListener('click', () => showPane(pane));
  for (const tab of TABS) at(`tab-${tab}`).addEventListener('click', () => {
    go({ tab, open: '' });
    refresh();
  });
  at('tabs').addEventListener('keydown', moveTab);
  at('theme').addEventListener('click', changeTheme);
  addEventListener('popstate', () => {
    const { tab, ...rest } = address.read();
    const before = `${place.as} ${place.space}`;
    Object.assign(place, rest, { tab: TABS.includes(tab) ? tab : 'calls' });
    if (before !== `${place.as} ${place.space}`) startOver();
    showTab();
    refresh();
  });
}

function moveTab(event) {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const tab = TABS.at((TABS.indexOf(place.tab) + step) % TABS.length);
  go({ tab, open: '' });
  at(`tab-${tab}`).focus();
  refresh();
}

function changeTheme() {
  const { dataset } = document.documentElement;
  const isDark = dataset.theme ? dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
  dataset.theme = isDark ? 'light' : 'dark';
  localStorage.setItem('theme', dataset.theme);
}

setUp();
// The browser connects again by itself, also after the sandbox was started anew.
const changes = new EventSource('changes');
changes.addEventListener('message', refresh);
changes.addEventListener('error', () => connection('reconnecting', 'warn'));
setInterval(refresh, IDLE_REFRESH_MS);
refresh();
