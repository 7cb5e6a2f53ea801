// The spaces by last activity, and the people as whom one can look.

import { at, count, emptyState, make, oneStop, reconcile, time } from './dom.js';

const settle = oneStop(at('spaces'));
// The last activity of each space when it was last looked at; what is later is marked as new.
const seen = new Map();

export function showPeople({ people, peopleCount }, viewer) {
  const choice = at('viewer');
  const everybody = { id: '', name: 'everybody', title: '' };
  const items = [everybody, ...people].map(({ id, name, title }) => ({ id, name, title }));
  reconcile(choice, items, ({ id }) => id, ({ id, name, title }) =>
    make('option', { text: title ? `${name}, ${title}` : name, value: id }));
  choice.value = viewer;
  choice.title = peopleCount > people.length ? `The first ${people.length} of ${peopleCount} people` : '';
}

/** Shows the spaces that were found; `open` is called with the id of the one that was chosen. */
export function showSpaces({ spaces, spaceCount }, current, find, open) {
  const isFirst = seen.size === 0;
  for (const { id, lastActivity } of spaces) {
    if (isFirst || id === current?.id || !seen.has(id)) seen.set(id, lastActivity);
  }
  const items = spaces.map((space) => ({ ...space, isCurrent: space.id === current?.id, isNew: seen.get(space.id) !== space.lastActivity }));
  reconcile(at('spaces'), items, ({ id }) => id, (space) => make('li', {}, row(space, open)));
  if (items.length === 0) {
    emptyState(at('spaces'), find ? 'No space has this in its title.' : 'No spaces.', find ? '' : 'Whoever this is, nobody added them to a space.');
  }
  settle();
  const rest = spaceCount - spaces.length;
  at('more-spaces').hidden = rest <= 0;
  at('more-spaces').textContent = rest > 0 ? `${count(rest, 'more space was', 'more spaces were')} active before these.` : '';
  title(current);
}

function row(space, open) {
  const made = make('button', { type: 'button', className: 'row', 'aria-current': space.isCurrent ? 'true' : null },
    make('span', { className: 'first' },
      make('bdi', { className: space.isNew ? 'name' : 'title', text: space.title }),
      space.isNew && make('span', { className: 'dot', role: 'img', 'aria-label': 'new' }), time(space.lastActivity)),
    make('span', { className: 'second', text: about(space) }));
  made.addEventListener('click', () => open(space.id));
  return made;
}

function about(space) {
  const kind = space.kind === 'direct' ? 'direct' : count(space.memberCount, 'person', 'people');
  return `${kind}, ${count(space.messageCount, 'message', 'messages')}`;
}

function title(space) {
  at('space-title').textContent = space?.title ?? 'No space';
  const known = space && [about(space), space.team && `team ${space.team}`, space.isReadOnly && 'archived'];
  at('space-facts').textContent = known ? known.filter(Boolean).join(', ') : '';
}

export function showMeetings({ meetings }) {
  reconcile(at('meetings'), meetings, ({ id }) => id, (meeting) => make('li', { className: 'entry' },
    make('p', { className: 'first' }, make('bdi', { className: 'name', text: meeting.title }),
      meeting.isRunning ? make('span', { className: 'tag good', text: 'running' }) : time(meeting.start)),
    make('p', { className: 'muted small', text: `Host: ${meeting.host}` }),
    meeting.isRunning && make('p', { className: 'muted small' }, 'Ends: ', time(meeting.end)),
    meeting.present.length > 0 && make('p', { className: 'small', text: `In it: ${meeting.present.join(', ')}` }),
    meeting.waiting.length > 0 && make('p', { className: 'small', text: `In the lobby: ${meeting.waiting.join(', ')}` })));
  if (meetings.length === 0) {
    emptyState(at('meetings'), 'No meeting is planned.', 'Whoever is invited sees it here. POST /v1/meetings plans one.');
  }
}
