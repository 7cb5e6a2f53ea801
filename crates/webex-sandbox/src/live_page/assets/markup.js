// Messages as they are meant to look: a few harmless elements made anew from what was written.
//
// No parser of the browser ever sees the text: it is cut into words and tags here, and of the tags
// only the names of known elements, the targets of links and who is mentioned are taken.

import { make } from './dom.js';

const MAX_DEPTH = 24;
const MAX_PIECES = 4_000;

const KNOWN = {
  B: 'strong', STRONG: 'strong', I: 'em', EM: 'em', CODE: 'code', PRE: 'pre', BLOCKQUOTE: 'blockquote',
  UL: 'ul', OL: 'ol', LI: 'li', P: 'p', BR: 'br', HR: 'hr', DEL: 'del', S: 'del',
};
const HEADINGS = ['H1', 'H2', 'H3', 'H4', 'H5', 'H6'];
// Whose content is no text of the message.
const SILENT = ['SCRIPT', 'STYLE', 'TEMPLATE', 'NOSCRIPT', 'TITLE', 'SVG', 'MATH', 'IFRAME', 'OBJECT', 'TEXTAREA', 'SELECT'];
const EMPTY = ['BR', 'HR', 'IMG', 'INPUT', 'META', 'LINK'];
const SCHEMES = ['http:', 'https:', 'mailto:'];

/** A link with its host beside it; words alone where it leads nowhere that a browser should go. */
export function link(target, words) {
  let url;
  try {
    url = new URL(target);
  } catch {
    url = null;
  }
  if (!url || !SCHEMES.includes(url.protocol)) return make('span', {}, ...words);
  const anchor = make('a', { href: url.href, rel: 'noopener noreferrer', target: '_blank' }, ...words);
  const host = url.host || url.pathname;
  const isTold = anchor.textContent.includes(host);
  return make('span', {}, anchor, !isTold && make('small', { text: ` (${host})` }));
}

const TAG = /<!--[\s\S]*?(?:-->|$)|<(\/?)([a-zA-Z][\w-]*)((?:[^>"']|"[^"]*"|'[^']*')*)>/gu;
const ENTITY = /&(#x?[0-9a-f]{1,6}|amp|lt|gt|quot|apos|nbsp);/giu;
const NAMED = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: '\u00a0' };

const decoded = (text) => text.replace(ENTITY, (whole, name) => {
  if (!name.startsWith('#')) return NAMED[name.toLowerCase()];
  const code = name[1] === 'x' || name[1] === 'X' ? Number.parseInt(name.slice(2), 16) : Number.parseInt(name.slice(1), 10);
  return code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff) ? String.fromCodePoint(code) : whole;
});

function attribute(attributes, name) {
  const found = new RegExp(`(?:^|\\s)${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)'|([^\\s"'>]+))`, 'iu').exec(attributes);
  return found ? decoded(found[1] ?? found[2] ?? found[3]) : '';
}

/** What an HTML of Webex shows; `me` is the id of whoever looks. */
export function markup(html, me) {
  const open = [{ name: '', attributes: '', children: [] }];
  const close = () => {
    const { name, attributes, children } = open.pop();
    open.at(-1).children.push(...element(name, attributes, children, me));
  };
  const say = (text) => {
    if (text) open.at(-1).children.push(decoded(text));
  };
  let from = 0;
  let pieces = 0;
  for (const tag of html.matchAll(TAG)) {
    pieces += 1;
    if (pieces > MAX_PIECES) break;
    say(html.slice(from, tag.index));
    const [whole, slash, written, attributes] = tag;
    from = tag.index + whole.length;
    if (!written) continue;
    const name = written.toUpperCase();
    if (!slash && open.length < MAX_DEPTH) {
      open.push({ name, attributes, children: [] });
      if (EMPTY.includes(name)) close();
    } else if (slash && open.some((one) => one.name === name)) {
      while (open.at(-1).name !== name) close();
      close();
    }
  }
  say(html.slice(from));
  while (open.length > 1) close();
  return make('div', { className: 'markup', dir: 'auto' }, ...open[0].children);
}

function element(name, attributes, children, me) {
  if (SILENT.includes(name)) return [];
  if (name === 'SPARK-MENTION') {
    const isMe = Boolean(me) && attribute(attributes, 'data-object-id') === me;
    return [make('span', { className: isMe ? 'mention me' : 'mention' }, '@', ...children)];
  }
  if (name === 'A') return [link(attribute(attributes, 'href'), children)];
  if (HEADINGS.includes(name)) return [make('p', { className: 'heading' }, ...children)];
  const known = Object.hasOwn(KNOWN, name) ? KNOWN[name] : null;
  if (!known) return children;
  // Between the rows of a list only items count.
  const inside = known === 'ul' || known === 'ol' ? children.filter((child) => child.tagName === 'LI') : children;
  const start = known === 'ol' ? Number.parseInt(attribute(attributes, 'start'), 10) : NaN;
  return [make(known, { start: Number.isFinite(start) ? start : undefined }, ...inside)];
}

const INLINE = /\*\*(.+?)\*\*|(?<![\w])_(.+?)_(?![\w])|\[([^\]]+)\]\(([^)\s]+)\)/gu;

/** The few marks that a card's texts may have. */
export function cardText(text) {
  const made = [];
  let from = 0;
  for (const match of text.matchAll(INLINE)) {
    made.push(text.slice(from, match.index));
    const [whole, bold, slanted, words, target] = match;
    if (bold) made.push(make('strong', { text: bold }));
    else if (slanted) made.push(make('em', { text: slanted }));
    else made.push(link(target, [words]));
    from = match.index + whole.length;
  }
  made.push(text.slice(from));
  return made.filter(Boolean);
}
