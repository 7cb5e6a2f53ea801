// Elements, lists and small texts. What people wrote is only ever set as text.

/** An element with text and children; nothing here ever parses markup. */
export function make(tag, { text, className, ...attributes } = {}, ...children) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== null && value !== false) element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.filter((child) => child || child === 0));
  return element;
}

// Of data that somebody else wrote: what it should be, or nothing.
export const string = (value) => (typeof value === 'string' ? value : '');
export const list = (value) => (Array.isArray(value) ? value : []);

export const at = (id) => document.getElementById(id);

/**
 * Makes a list show these items. Elements whose item is the same stay as they are, so that focus,
 * selection and what was typed survive. Answers the elements that were not there before.
 */
export function reconcile(list, items, keyOf, build) {
  const focused = list.contains(document.activeElement) ? document.activeElement : null;
  const focusedKey = focused?.closest('[data-key]')?.dataset.key;
  const keys = new Set(items.map(keyOf));
  const old = new Map();
  for (const element of [...list.children]) {
    if (keys.has(element.dataset.key)) old.set(element.dataset.key, element);
    else element.remove();
  }
  const added = [];
  let next = list.firstElementChild;
  for (const item of items) {
    const key = keyOf(item);
    const print = JSON.stringify(item);
    let element = old.get(key);
    if (element?.dataset.print !== print) {
      const fresh = build(item);
      Object.assign(fresh.dataset, { key, print });
      if (element) element.replaceWith(fresh);
      else added.push(fresh);
      if (next === element) next = fresh;
      element = fresh;
    }
    if (element === next) next = next?.nextElementSibling ?? null;
    else list.insertBefore(element, next);
  }
  if (focused && document.activeElement !== focused) {
    const there = [...list.children].find(({ dataset }) => dataset.key === focusedKey);
    there?.querySelector('button')?.focus();
  }
  return added;
}

/** Shows a sentence in place of a list that has nothing in it. */
export function emptyState(list, ...lines) {
  list.replaceChildren(make('li', { className: 'empty' }, ...lines.map((text) => make('p', { text }))));
}

/** Rows of a list as one stop of the Tab key; arrows, Home and End move inside it. */
export function oneStop(list) {
  const rows = () => [...list.querySelectorAll(':scope > li > .row')];
  const settle = (chosen) => {
    for (const row of rows()) row.tabIndex = row === chosen ? 0 : -1;
  };
  list.addEventListener('keydown', (event) => {
    const all = rows();
    const here = all.indexOf(document.activeElement);
    const targets = { ArrowDown: here + 1, ArrowUp: here - 1, Home: 0, End: all.length - 1 };
    const target = all[targets[event.key]];
    if (here < 0 || !target) return;
    event.preventDefault();
    settle(target);
    target.focus();
  });
  list.addEventListener('focusin', ({ target }) => {
    if (target.matches('.row')) settle(target);
  });
  return () => {
    const all = rows();
    const focused = all.find((row) => row === document.activeElement);
    settle(focused ?? all.find((row) => row.hasAttribute('aria-current')) ?? all[0]);
  };
}

// Times, in the zone of the viewer

const HOUR_MS = 3_600_000;
const CLOCK = { hour: 'numeric', minute: '2-digit' };
let now = Date.now();

const day = (date) => date.toDateString();

function moment(text) {
  const date = new Date(text);
  const age = now - date.getTime();
  if (age >= 0 && age < 60_000) return 'now';
  if (age >= 0 && age < HOUR_MS) return `${Math.floor(age / 60_000)} min`;
  if (day(date) === day(new Date(now))) return date.toLocaleTimeString([], CLOCK);
  if (Math.abs(age) < 6 * 24 * HOUR_MS) return date.toLocaleString([], { weekday: 'short', ...CLOCK });
  const year = date.getFullYear() === new Date(now).getFullYear() ? undefined : 'numeric';
  return date.toLocaleString([], { month: 'short', day: 'numeric', year, ...CLOCK });
}

/** A time as one says it, with the whole one as its title. */
export function time(text) {
  return make('time', { text: moment(text), datetime: text, title: new Date(text).toLocaleString() });
}

export const precise = (text) => new Date(text).toLocaleTimeString([], { ...CLOCK, second: '2-digit' });

/** The sandbox's clock moved: what is shown as an age is older. */
export function setNow(text) {
  now = Date.parse(text);
  for (const element of document.querySelectorAll('time[datetime]:not(#now)')) {
    element.textContent = moment(element.dateTime);
  }
  at('now').textContent = new Date(text).toLocaleString([], { weekday: 'short', month: 'short', day: 'numeric', ...CLOCK });
  at('now').dateTime = text;
  at('now').title = new Date(text).toLocaleString();
}

// Numbers and ids

export const count = (number, one, many) => `${number.toLocaleString()} ${number === 1 ? one : many}`;

export function bytes(number) {
  if (number < 1024) return `${number.toLocaleString()} bytes`;
  const unit = number < 1024 * 1024 ? 1 : 2;
  const scaled = (number / 1024 ** unit).toLocaleString([], { maximumFractionDigits: 1 });
  return `${scaled} ${unit === 1 ? 'KB' : 'MB'}`;
}

const ID_CHARS = 8;
const ID = /[A-Za-z0-9_-]{24,}/g;

/** A text with its long ids cut to eight characters. */
export const shortened = (text) => text.replace(ID, (id) => `${id.slice(0, ID_CHARS)}…`);

/** An id or another long word: its beginning, the whole one on focus, and a button that copies it. */
export function copyable(text, { whole = false } = {}) {
  const shown = make('code', { text: whole ? text : shortened(text), title: text, tabindex: whole ? undefined : 0 });
  if (!whole) {
    shown.addEventListener('focus', () => { shown.textContent = text; });
    shown.addEventListener('blur', () => { shown.textContent = shortened(text); });
  }
  const button = make('button', { type: 'button', className: 'quiet copy', 'aria-label': `Copy ${shortened(text)}`, text: 'Copy' });
  button.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = 'Copied';
    } catch {
      // Without a secure origin there is no clipboard: the text is selected instead.
      shown.textContent = text;
      getSelection().selectAllChildren(shown);
      button.textContent = 'Selected';
    }
  });
  return make('span', { className: 'copyable' }, shown, button);
}

/** The colour and letters of somebody's round mark; the same as on the pages of signing in. */
export function initials(name) {
  const words = name.trim().split(/\s+/u);
  const letters = [words[0], words.length > 1 ? words.at(-1) : ''].map((word) => [...word][0] ?? '').join('');
  const hue = [...name].reduce((sum, letter) => (Math.imul(sum, 31) + letter.codePointAt(0)) >>> 0, 0) % 8;
  return make('span', { className: `initials hue-${hue}`, text: letters.toUpperCase(), 'aria-hidden': 'true' });
}

/** Names and values, below each other. */
export function facts(pairs) {
  const list = make('dl', { className: 'facts' });
  for (const [name, value] of pairs) {
    if (value === null || value === undefined || value === '') continue;
    list.append(make('dt', { text: name }), make('dd', {}, typeof value === 'object' ? value : String(value)));
  }
  return list;
}
