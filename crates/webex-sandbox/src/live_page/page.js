// The live page: asks for the overview and the chosen space, again after each change.
//
// What people wrote is only ever set as text. Elements are kept while what they show is the same, so
// that focus, selection and scroll position survive an update.

'use strict';

// Pages of older messages that are shown at once; each has at most 50.
const MAX_PAGES = 10;
// A card is a tree that somebody else wrote.
const MAX_CARD_DEPTH = 8;
const MAX_CARD_ELEMENTS = 200;
// Time passes also when nothing else happens: meetings start.
const IDLE_REFRESH_MS = 30_000;
// Whoever is so near the end is reading along.
const NEAR_END_PX = 120;

const at = (id) => document.getElementById(id);
// `newest` is the moment of the last message shown; what came after `readUntil` is marked as new.
const state = { viewer: '', space: null, pages: 1, newest: null, readUntil: Infinity };

/** An element with text and children; nothing here ever parses markup. */
function make(tag, { text, className, ...attributes } = {}, ...children) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children.filter(Boolean));
  return element;
}

/** Makes a list show these items: elements whose item is the same stay as they are. */
function reconcile(list, items, keyOf, build) {
  const focused = list.contains(document.activeElement) ? document.activeElement : null;
  const focusedKey = focused?.closest('[data-key]')?.dataset.key;
  const keys = new Set(items.map(keyOf));
  const old = new Map();
  for (const element of [...list.children]) {
    if (keys.has(element.dataset.key)) old.set(element.dataset.key, element);
    else element.remove();
  }
  let next = list.firstElementChild;
  for (const item of items) {
    const key = keyOf(item);
    const print = JSON.stringify(item);
    let element = old.get(key);
    if (element?.dataset.print !== print) {
      const fresh = build(item);
      Object.assign(fresh.dataset, { key, print });
      if (element) element.replaceWith(fresh);
      if (next === element) next = fresh;
      element = fresh;
    }
    if (element === next) next = next.nextElementSibling;
    else list.insertBefore(element, next);
  }
  if (focused && document.activeElement !== focused) {
    const there = [...list.children].find(({ dataset }) => dataset.key === focusedKey);
    there?.querySelector('button')?.focus();
  }
}

const MOMENT = { month: 'short', day: 'numeric', hour: 'numeric', minute: '2-digit' };
const moment = (text) => new Date(text).toLocaleString([], MOMENT);
const time = (text) => make('time', { text: moment(text), datetime: text, title: text });

function bytes(count) {
  if (count < 1024) return `${count} bytes`;
  const units = ['KB', 'MB'];
  const unit = count < 1024 * 1024 ? 0 : 1;
  return `${(count / 1024 ** (unit + 1)).toFixed(1)} ${units[unit]}`;
}

async function ask(path, options) {
  const answer = await fetch(path, options);
  if (answer.ok) return answer.json();
  throw Object.assign(new Error(`${path} answered ${answer.status}`), { status: answer.status });
}

function query(extra = {}) {
  const given = { as: state.viewer, ...extra };
  const pairs = Object.entries(given).filter(([, value]) => value);
  return pairs.length ? `?${new URLSearchParams(pairs)}` : '';
}

// Overview

function showPeople({ people, peopleCount }) {
  const choice = at('viewer');
  const everybody = { id: '', name: 'everybody', title: '' };
  reconcile(choice, [everybody, ...people], ({ id }) => id, ({ id, name, title }) =>
    make('option', { text: title ? `${name}, ${title}` : name, value: id }));
  choice.value = state.viewer;
  choice.title = peopleCount > people.length ? `The first ${people.length} of ${peopleCount} people` : '';
}

function showSpaces({ spaces, spaceCount }) {
  if (!spaces.some(({ id }) => id === state.space)) choose(spaces[0]?.id ?? null);
  const items = spaces.map((space) => ({ ...space, isCurrent: space.id === state.space }));
  reconcile(at('spaces'), items, ({ id }) => id, (space) => {
    const button = make('button', { type: 'button' },
      make('span', { className: 'name', text: space.title }),
      make('span', { className: 'quiet', text: `${space.messageCount} messages, ${moment(space.lastActivity)}` }));
    if (space.isCurrent) button.setAttribute('aria-current', 'true');
    button.addEventListener('click', () => {
      choose(space.id);
      at('space-title').focus();
      refresh();
    });
    return make('li', {}, button);
  });
  const rest = spaceCount - spaces.length;
  at('more-spaces').hidden = rest <= 0;
  at('more-spaces').textContent = rest > 0 ? `${rest} more were active before these.` : '';
  const current = spaces.find(({ id }) => id === state.space);
  at('space-title').textContent = current?.title ?? 'No space';
  const facts = current && [
    current.kind === 'direct' ? 'direct' : `${current.memberCount} people`,
    current.team && `team ${current.team}`,
    current.isReadOnly && 'archived',
  ];
  at('space-facts').textContent = facts ? facts.filter(Boolean).join(', ') : '';
}

function showMeetings({ meetings }) {
  reconcile(at('meetings'), meetings, ({ id }) => id, (meeting) => make('li', {},
    make('div', {}, make('span', { className: 'name', text: meeting.title })),
    make('div', { className: 'quiet', text: `host: ${meeting.host}` }),
    meeting.isRunning
      ? make('div', {}, make('span', { className: 'running', text: 'running' }),
        make('small', { text: ` until ${moment(meeting.end)}` }))
      : make('div', {}, make('small', { text: 'next: ' }), time(meeting.start)),
    meeting.present.length > 0 && make('div', { className: 'quiet', text: `in it: ${meeting.present.join(', ')}` }),
    meeting.waiting.length > 0 && make('div', { className: 'quiet', text: `in the lobby: ${meeting.waiting.join(', ')}` })));
  if (meetings.length === 0) {
    at('meetings').replaceChildren(make('li', { className: 'quiet', text: 'None is planned.' }));
  }
}

function showCalls({ calls }) {
  reconcile(at('calls'), calls, ({ number }) => String(number), (call) => make('li', {},
    make('span', {
      className: call.status >= 400 ? 'bad' : 'good',
      text: call.status === null ? '...' : String(call.status),
    }),
    ` ${call.method} ${call.path}`,
    call.query && make('span', { className: 'quiet', text: `?${call.query}` }),
    make('span', { className: 'quiet', text: ` ${call.principal ?? 'nobody'}` })));
}

// Messages

const millis = (text) => Date.parse(text);

/** Threads in the order of their first messages; of each the replies, oldest first. */
function inThreads(pages) {
  const known = new Map();
  for (const { items, parents, deleted } of [...pages].reverse()) {
    const marks = deleted.map((mark) => ({ ...mark, isDeleted: true }));
    for (const item of [...parents, ...items.reverse(), ...marks]) known.set(item.id, item);
  }
  const all = [...known.values()].sort((one, other) => millis(one.created) - millis(other.created));
  const replies = new Map();
  const roots = [];
  for (const item of all) {
    const { parentId } = item;
    if (!parentId || !known.has(parentId)) roots.push(item);
    else if (replies.has(parentId)) replies.get(parentId).push(item);
    else replies.set(parentId, [item]);
  }
  return roots.flatMap((root) => [
    { ...root, isReply: Boolean(root.parentId) },
    ...(replies.get(root.id) ?? []).map((reply) => ({ ...reply, isReply: true })),
  ]);
}

function message(item) {
  const className = [item.isReply && 'reply', item.isDeleted && 'deleted', item.isFresh && 'fresh'];
  const line = make('li', { className: className.filter(Boolean).join(' ') });
  if (item.isDeleted) {
    line.append(make('span', { text: `A message was deleted${item.by ? ` by ${item.by}` : ''} ` }), time(item.deleted));
    return line;
  }
  line.append(make('div', {}, make('span', { className: 'name', text: item.author }), ' ', time(item.created),
    item.edited && make('small', { text: ' (edited)', title: moment(item.edited) })));
  if (item.text) line.append(make('div', { className: 'text', text: item.text }));
  for (const file of item.files) {
    const scan = file.state === 'clean' ? '' : `, ${file.state}`;
    line.append(make('div', { className: 'file', text: `${file.name} (${file.contentType}, ${bytes(file.bytes)}${scan})` }));
  }
  line.append(...item.cards.map(card));
  return line;
}

const string = (value) => (typeof value === 'string' ? value : '');
const list = (value) => (Array.isArray(value) ? value : []);

/** The elements of an adaptive card, as text in their order. */
function card(content) {
  const frame = make('div', { className: 'card', role: 'group', 'aria-label': 'card' });
  let left = MAX_CARD_ELEMENTS;
  const add = (into, element, depth) => {
    if (left-- <= 0 || depth > MAX_CARD_DEPTH || typeof element !== 'object' || element === null) return;
    const inner = ['items', 'columns', 'body', 'images', 'inlines'].flatMap((name) => list(element[name]));
    const words = string(element.text) || string(element.altText);
    if (words) into.append(make('div', { className: 'text', text: words }));
    for (const fact of list(element.facts).slice(0, MAX_CARD_ELEMENTS)) {
      into.append(make('div', { className: 'text', text: `${string(fact?.title)} ${string(fact?.value)}` }));
    }
    if (string(element.type).startsWith('Input.')) {
      const label = string(element.label) || string(element.title) || string(element.placeholder) || string(element.id);
      into.append(make('div', { className: 'quiet', text: `[${label}]` }));
    }
    if (inner.length > 0) {
      const nested = make('div', { className: depth > 0 ? 'nested' : '' });
      for (const one of inner) add(nested, one, depth + 1);
      into.append(nested);
    }
    for (const action of list(element.actions).slice(0, MAX_CARD_ELEMENTS)) {
      into.append(make('span', { className: 'action', text: string(action?.title) || string(action?.type) }));
    }
  };
  add(frame, content, 0);
  if (!frame.textContent.trim()) frame.textContent = string(content?.fallbackText) || 'A card without words.';
  return frame;
}

/** The pages that the reader has opened, newest first. */
async function readPages() {
  const pages = [];
  let cursor = null;
  for (let page = 0; page < state.pages; page += 1) {
    const read = await ask(`spaces/${encodeURIComponent(state.space)}/messages${query({ cursor })}`);
    pages.push(read);
    cursor = read.next;
    if (!cursor) break;
  }
  return pages;
}

const near = (element) => element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_END_PX;

async function showMessages() {
  const { space } = state;
  const pages = space ? await readPages() : [];
  if (space !== state.space) return;
  const items = inThreads(pages);
  const newest = items.reduce((last, { created }) => Math.max(last, millis(created)), 0);
  const fresh = items.filter(({ created }) => millis(created) > state.readUntil);
  const shown = items.map((item) => ({ ...item, isFresh: fresh.includes(item) }));
  const scroller = at('messages');
  const follows = state.newest === null || near(scroller);
  reconcile(scroller, shown, ({ id }) => id, message);
  if (items.length === 0) scroller.replaceChildren(make('li', { className: 'quiet', text: 'Nothing was said here.' }));
  at('older').hidden = !pages.at(-1)?.next || state.pages >= MAX_PAGES;
  if (follows) scroller.scrollTop = scroller.scrollHeight;
  if (state.newest === null) state.readUntil = newest;
  const last = fresh.findLast(({ created, isDeleted }) => !isDeleted && millis(created) > state.newest);
  if (state.newest !== null && last) at('news').textContent = `${last.author} wrote in ${at('space-title').textContent}.`;
  state.newest = newest;
}

/** Another space, or the same one with other eyes: read from its end, and nothing in it is new. */
function choose(space) {
  Object.assign(state, { space, pages: 1, newest: null, readUntil: Infinity });
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
      const overview = await ask(`overview${query()}`);
      showPeople(overview);
      showSpaces(overview);
      showMeetings(overview);
      showCalls(overview);
      at('now').textContent = moment(overview.now);
      at('now').dateTime = overview.now;
      await showMessages();
      at('connection').textContent = 'live';
    } catch (error) {
      // A person or a space that was just deleted: the next look is at what is left.
      const isGone = error.status === 404 && Boolean(state.viewer || state.space);
      if (isGone) {
        state.viewer = '';
        choose(null);
        isWanted = true;
      } else {
        at('connection').textContent = 'The sandbox does not answer.';
      }
    }
  }
  running = false;
}

at('viewer').addEventListener('change', ({ target }) => {
  state.viewer = target.value;
  choose(state.space);
  refresh();
});

at('older').addEventListener('click', () => {
  state.pages = Math.min(state.pages + 1, MAX_PAGES);
  refresh();
});

at('clock').addEventListener('click', async ({ target }) => {
  const advanceSecs = Number(target.dataset.advanceSecs);
  if (!advanceSecs) return;
  const headers = { 'content-type': 'application/json' };
  await fetch('clock', { method: 'POST', headers, body: JSON.stringify({ advanceSecs }) }).catch(() => {});
  refresh();
});

// The browser connects again by itself, also after the sandbox was started anew.
const changes = new EventSource('changes');
changes.addEventListener('message', refresh);
changes.addEventListener('error', () => { at('connection').textContent = 'reconnecting'; });
setInterval(refresh, IDLE_REFRESH_MS);
refresh();
