// The conversation of one space: threads, what is new, and cards that work.

import { ask, actAs } from './ask.js';
import { card } from './card.js';
import { at, bytes, emptyState, initials, make, reconcile, time } from './dom.js';
import { markup } from './markup.js';

// Pages of older messages that are shown at once; each has at most 50.
const MAX_PAGES = 10;
// Whoever is so near the end is reading along.
const NEAR_END_PX = 120;

const millis = (text) => Date.parse(text);
// `newest` is the moment of the last message shown; what came after `readUntil` is new.
const reading = { pages: 1, newest: null, readUntil: Infinity };

/** Another space, or the same one with other eyes: read from its end, and nothing in it is new. */
export function startOver() {
  Object.assign(reading, { pages: 1, newest: null, readUntil: Infinity });
}

export function readOlder() {
  reading.pages = Math.min(reading.pages + 1, MAX_PAGES);
}

/** The pages that the reader has opened, newest first. */
async function readPages(space, viewer) {
  const pages = [];
  let cursor = null;
  for (let page = 0; page < reading.pages; page += 1) {
    const pairs = Object.entries({ as: viewer, cursor }).filter(([, value]) => value);
    const query = pairs.length > 0 ? `?${new URLSearchParams(pairs)}` : '';
    const read = await ask(`spaces/${encodeURIComponent(space)}/messages${query}`);
    pages.push(read);
    cursor = read.next;
    if (!cursor) break;
  }
  return pages;
}

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

/** Shows a space; answers its members. `look` is {space, title, viewer, person, reply}. */
export async function showMessages(look, isCurrent) {
  const pages = look.space ? await readPages(look.space, look.viewer) : [];
  if (!isCurrent()) return null;
  const items = inThreads(pages);
  const newest = items.reduce((last, { created }) => Math.max(last, millis(created)), 0);
  const scroller = at('messages');
  const follows = reading.newest === null || near(scroller);
  const shown = items.map((item) => ({ ...item, me: look.viewer, canReply: Boolean(look.person) }));
  const added = reconcile(scroller, shown, ({ id }) => id, (item) => message(item, look));
  for (const element of added) {
    if (millis(element.dataset.created) > reading.readUntil) element.classList.add('fresh');
  }
  if (items.length === 0) {
    const who = look.person ? look.person.name : null;
    emptyState(scroller, look.space ? 'Nothing was said here.' : 'No space is open.',
      who ? `Write the first message below, as ${who}.` : 'Messages appear here while people and bots write them.');
  }
  at('older').hidden = !pages.at(-1)?.next || reading.pages >= MAX_PAGES;
  if (follows) scroller.scrollTop = scroller.scrollHeight;
  if (reading.newest === null) reading.readUntil = newest;
  const last = items.findLast(({ created, isDeleted }) => !isDeleted && millis(created) > reading.newest);
  if (reading.newest !== null && last) at('news').textContent = `${last.author} wrote in ${look.title}.`;
  reading.newest = newest;
  return pages[0]?.members ?? [];
}

const near = (element) => element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_END_PX;

function message(item, look) {
  const className = [item.isReply && 'reply', item.isDeleted && 'deleted'].filter(Boolean).join(' ');
  const line = make('li', { className });
  line.dataset.created = item.created;
  if (item.isDeleted) {
    line.append(make('p', { className: 'muted' }, `A message was deleted${item.by ? ` by ${item.by}` : ''}. `, time(item.deleted)));
    return line;
  }
  const head = make('p', { className: 'head' },
    make('bdi', { className: 'name', text: item.author }), item.isBot && make('span', { className: 'tag', text: 'bot' }),
    time(item.created), item.edited && make('small', { text: '(edited)', title: new Date(item.edited).toLocaleString() }));
  const body = make('div', { className: 'body' }, head);
  if (item.html) body.append(markup(item.html, item.me));
  else if (item.text) body.append(make('div', { className: 'words', dir: 'auto', text: item.text }));
  body.append(...item.files.map(file));
  body.append(...item.cards.map((content) => card(content, (inputs) => submit(item, inputs))));
  line.append(initials(item.author), body);
  if (item.canReply) {
    const button = make('button', { type: 'button', className: 'quiet answer', text: 'Reply', 'aria-label': `Reply to ${item.author}` });
    button.addEventListener('click', () => look.reply(item));
    line.append(button);
  }
  return line;

  async function submit({ id }, inputs) {
    const person = look.current();
    if (!person) throw new Error('Choose under “Look as” who presses the button.');
    await actAs(person, 'attachment/actions', { type: 'submit', messageId: id, inputs });
    return `Sent as ${person.name}.`;
  }
}

/** A mark that every font has: the end of the name. */
const ending = (name) => (/\.([A-Za-z0-9]{1,4})$/.exec(name)?.[1] ?? 'file').toUpperCase();

function file({ name, contentType, bytes: size, state }) {
  const scan = state === 'clean' ? '' : `, ${state}`;
  return make('p', { className: 'file' }, make('span', { className: 'icon', text: ending(name), 'aria-hidden': 'true' }),
    make('bdi', { className: 'name', text: name }), make('small', { text: `${contentType}, ${bytes(size)}${scan}` }));
}
