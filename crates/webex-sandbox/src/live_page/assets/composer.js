// Writing as the person one looks as: Markdown, mentions, replies.

import { actAs, submitting } from './ask.js';
import { at, make, reconcile } from './dom.js';

// Who writes where; `parent` is the message replied to.
const writing = { person: null, space: null, isReadOnly: false, parent: null };
let onSent = () => {};

export function setUp(sent) {
  onSent = sent;
  const form = at('composer');
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    post();
  });
  at('words').addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      // A key that is held down posts once.
      if (!event.repeat) post();
    } else if (event.key === 'Escape') replyTo(null);
  });
  at('mention').addEventListener('change', ({ target }) => {
    if (target.value) insert(target.value);
    target.value = '';
  });
  at('no-reply').addEventListener('click', () => {
    replyTo(null);
    at('words').focus();
  });
}

/** Shows who would write where. */
export function show({ person, space, title, isReadOnly, members }) {
  if (space !== writing.space || person?.id !== writing.person?.id) replyTo(null);
  Object.assign(writing, { person, space, isReadOnly });
  const canWrite = Boolean(person && space) && !isReadOnly;
  at('composer').hidden = !canWrite;
  at('cannot-write').hidden = canWrite;
  at('cannot-write').textContent = isReadOnly
    ? 'This space is archived: nobody writes here any more.'
    : 'Choose a person under “Look as” to write here and to press the buttons of cards.';
  if (!canWrite) return;
  at('words-label').textContent = `Write in ${title} as ${person.name}`;
  at('words').placeholder = `Write in ${title} as ${person.name}`;
  const others = members.filter(({ email }) => email !== person.email);
  const items = [{ name: 'Mention…', value: '' }, ...others.map(({ name, email }) => ({ name, value: `<@personEmail:${email}|${name}>` })), { name: 'Everybody', value: '<@all>' }];
  reconcile(at('mention'), items, ({ value }) => value, ({ name, value }) => make('option', { value, text: name }));
  at('mention').hidden = others.length === 0;
}

/** Begins a reply to a message, or ends it. */
export function replyTo(message) {
  writing.parent = message;
  at('replying').hidden = !message;
  if (!message) return;
  at('replying-to').textContent = `Reply to ${message.author}: ${message.text ?? 'a card'}`;
  at('words').focus();
}

function insert(text) {
  const words = at('words');
  words.setRangeText(`${text} `, words.selectionStart, words.selectionEnd, 'end');
  words.focus();
}

async function post() {
  const words = at('words');
  const { person, space, parent } = writing;
  if (!person || !space || at('send').disabled) return;
  if (!words.value.trim()) {
    at('words-error').textContent = 'Write something first.';
    words.focus();
    return;
  }
  // A reply to a reply belongs to the same thread.
  const parentId = parent ? parent.parentId ?? parent.id : undefined;
  const markdown = words.value;
  const sent = await submitting(at('send'), at('words-error'), () =>
    actAs(person, 'messages', { roomId: space, parentId, markdown }));
  if (sent) {
    // What was typed meanwhile is another message.
    if (words.value === markdown) words.value = '';
    if (writing.parent === parent) replyTo(null);
    onSent();
  }
  words.focus();
}
