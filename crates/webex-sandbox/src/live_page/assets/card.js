// An adaptive card with live inputs and buttons. It is a tree that somebody else wrote: known
// elements are made anew within bounds, the rest is left out, and no picture is loaded.

import { input } from './card_inputs.js';
import { list, make, string } from './dom.js';
import { cardText, link } from './markup.js';

const MAX_DEPTH = 12;
const MAX_ELEMENTS = 400;

const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
const oneOf = (value, ...known) => known.find((name) => name === string(value).toLowerCase());

/** The card; `submit` sends inputs and throws with a reason, `say` is told what became of it. */
export function card(content, submit) {
  const frame = make('div', { className: 'adaptive', role: 'group', 'aria-label': 'Card' });
  const said = make('p', { className: 'help said', role: 'status' });
  const drawing = { count: { left: MAX_ELEMENTS, inputs: 0 }, inputs: [], around: [], named: new Map(), submit, said };
  if (isObject(content)) {
    frame.append(...elements(drawing, list(content.body), 0), ...actions(drawing, list(content.actions), 0));
  }
  if (!frame.textContent.trim() && drawing.count.inputs === 0) {
    frame.append(make('p', { text: string(content?.fallbackText) || 'A card without words.' }));
  }
  frame.append(said);
  return frame;
}

function elements(drawing, items, depth) {
  const made = [];
  for (const item of items) {
    if (!isObject(item) || depth > MAX_DEPTH || drawing.count.left-- <= 0) continue;
    const element = draw(drawing, item, depth);
    if (element) made.push(named(drawing, item, element));
  }
  return made;
}

/** What every element can have: a line above it, and a name by which a button shows or hides it. */
function named(drawing, item, element) {
  if (item.separator === true) element.classList.add('separated');
  if (item.isVisible === false) element.hidden = true;
  const id = string(item.id);
  if (id) drawing.named.set(id, element);
  return element;
}

function draw(drawing, item, depth) {
  const inner = (items) => elements(drawing, list(items), depth + 1);
  const type = string(item.type);
  if (type.startsWith('Input.')) {
    const made = input(item);
    if (made) {
      drawing.inputs.push(made);
      drawing.count.inputs += 1;
    }
    return made?.element;
  }
  switch (type) {
    case 'TextBlock': return textBlock(item);
    case 'RichTextBlock': return make('p', { className: 'block' }, ...list(item.inlines).map(run));
    case 'Image': return picture(item);
    case 'ImageSet': return make('div', {}, ...inner(item.images));
    case 'FactSet': return factSet(item);
    case 'ColumnSet': return make('div', { className: 'columns' }, ...list(item.columns).filter(isObject).map((column) => named(drawing, column, columnOf(inner, column))));
    case 'Container': return make('div', { className: `container ${oneOf(item.style, 'emphasis', 'good', 'attention', 'warning', 'accent') ?? ''}` }, ...inner(item.items));
    case 'Table': return table(inner, item);
    case 'ActionSet': return make('div', {}, ...actions(drawing, list(item.actions), depth + 1));
    case 'Media': return make('p', { className: 'muted', text: string(item.altText) || 'A video or a sound, which is not played here.' });
    default: return fallback(drawing, item, depth);
  }
}

function fallback(drawing, item, depth) {
  if (isObject(item.fallback)) return elements(drawing, [item.fallback], depth + 1)[0];
  return null;
}

function textBlock(item) {
  const sizes = { large: 'large', extralarge: 'large', medium: 'medium', small: 'small' };
  const colors = { good: 'good', warning: 'warn', attention: 'bad', accent: 'accented' };
  const className = [
    'block',
    sizes[string(item.size).toLowerCase()],
    (string(item.weight).toLowerCase() === 'bolder' || string(item.style).toLowerCase() === 'heading') && 'name',
    colors[string(item.color).toLowerCase()] ?? (item.isSubtle === true && 'muted'),
    oneOf(item.fontType, 'monospace') && 'mono',
    ['center', 'right'].includes(string(item.horizontalAlignment).toLowerCase()) && `to-${string(item.horizontalAlignment).toLowerCase()}`,
  ];
  return make('p', { className: className.filter(Boolean).join(' ') }, ...cardText(string(item.text)));
}

function run(inline) {
  if (typeof inline === 'string') return inline;
  if (!isObject(inline)) return null;
  const text = make('span', { text: string(inline.text) });
  if (string(inline.weight).toLowerCase() === 'bolder') text.className = 'name';
  if (inline.italic === true) return make('em', {}, text);
  return text;
}

/** Pictures lie on other hosts, from which nothing is loaded: their place says what they show. */
function picture(item) {
  let host = 'data';
  try {
    host = new URL(string(item.url)).host || 'data';
  } catch {
    // Shown without a host.
  }
  return make('span', { className: 'picture' }, `Picture: ${string(item.altText) || 'not described'}`, make('small', { text: ` (${host})` }));
}

function factSet(item) {
  const pairs = list(item.facts).filter(isObject).slice(0, MAX_ELEMENTS);
  const rows = pairs.flatMap(({ title, value }) => [
    make('dt', {}, ...cardText(string(title))),
    make('dd', {}, ...cardText(string(value))),
  ]);
  return rows.length > 0 ? make('dl', { className: 'facts' }, ...rows) : null;
}

function columnOf(inner, column) {
  const made = make('div', { className: 'column' }, ...inner(column.items));
  const width = column.width;
  if (width === 'auto') made.classList.add('auto');
  else if (Number.isFinite(Number(width)) && Number(width) > 0) made.style.flexGrow = String(Math.min(Number(width), 100));
  return made;
}

function table(inner, item) {
  const rows = list(item.rows).filter(isObject).map((row) => make('tr', {},
    ...list(row.cells).filter(isObject).map((cell) => make('td', {}, ...inner(cell.items)))));
  return make('table', {}, make('tbody', {}, ...rows));
}

// Actions

function actions(drawing, all, depth) {
  const known = all.filter(isObject).slice(0, MAX_ELEMENTS);
  if (known.length === 0 || depth > MAX_DEPTH) return [];
  const below = [];
  const buttons = known.map((action) => button(drawing, action, depth, below)).filter(Boolean);
  return [make('div', { className: 'buttons' }, ...buttons), ...below];
}

function button(drawing, action, depth, below) {
  if (drawing.count.left-- <= 0) return null;
  const title = string(action.title) || string(action.type).replace('Action.', '') || 'Action';
  const styles = { positive: 'primary', destructive: 'danger' };
  const made = make('button', { type: 'button', className: styles[string(action.style).toLowerCase()], text: title });
  switch (string(action.type)) {
    case 'Action.Submit':
    case 'Action.Execute':
      made.addEventListener('click', () => press(drawing, action, made));
      return made;
    case 'Action.OpenUrl': {
      const opened = link(string(action.url), [title]);
      opened.querySelector('a')?.classList.add('button');
      return opened;
    }
    case 'Action.ShowCard': {
      const inner = isObject(action.card) ? action.card : {};
      // Its inputs are those of its own buttons, and not of the buttons around it.
      const within = { ...drawing, inputs: [], around: [...drawing.around, drawing.inputs] };
      const shown = make('div', { className: 'container shown' },
        ...elements(within, list(inner.body), depth + 1), ...actions(within, list(inner.actions), depth + 1));
      shown.hidden = true;
      below.push(shown);
      made.setAttribute('aria-expanded', 'false');
      made.addEventListener('click', () => {
        shown.hidden = !shown.hidden;
        made.setAttribute('aria-expanded', String(!shown.hidden));
      });
      return made;
    }
    case 'Action.ToggleVisibility':
      made.addEventListener('click', () => toggle(drawing, list(action.targetElements)));
      return made;
    default: return null;
  }
}

function toggle({ named }, targets) {
  for (const target of targets) {
    const element = named.get(string(target) || string(target?.elementId));
    if (element) element.hidden = typeof target?.isVisible === 'boolean' ? !target.isVisible : !element.hidden;
  }
}

/** Sends what was entered, with the data of the button, as Webex does. */
async function press(drawing, action, made) {
  const { inputs, around, said, submit } = drawing;
  const asked = string(action.associatedInputs).toLowerCase() === 'none' ? [] : [...around, inputs].flat();
  const wrong = asked.filter((one) => !one.check());
  if (wrong.length > 0) {
    wrong[0].focus();
    said.textContent = '';
    return;
  }
  const entered = Object.fromEntries(asked.filter(({ id }) => id).map((one) => [one.id, one.value()]));
  const data = isObject(action.data) ? action.data : {};
  made.disabled = true;
  said.className = 'help said';
  said.textContent = 'Sending…';
  try {
    said.textContent = await submit({ ...data, ...entered });
  } catch (refused) {
    said.className = 'error said';
    said.textContent = refused.message;
  }
  made.disabled = false;
}
