// Where one is, in the address of the page: a link leads to the same person, space, tab and entry.

const NAMES = ['as', 'space', 'tab', 'open'];

/** What the address says, as an object of texts. */
export function read() {
  const query = new URLSearchParams(location.search);
  return Object.fromEntries(NAMES.map((name) => [name, query.get(name) ?? '']));
}

/** Notes a place; `isNew` where a person went there, so that "back" leads to the one before. */
export function note(place, { isNew }) {
  const pairs = NAMES.filter((name) => place[name]).map((name) => [name, place[name]]);
  const query = new URLSearchParams(pairs).toString();
  const address = `${location.pathname}${query ? `?${query}` : ''}`;
  if (address === `${location.pathname}${location.search}`) return;
  history[isNew ? 'pushState' : 'replaceState'](null, '', address);
}
