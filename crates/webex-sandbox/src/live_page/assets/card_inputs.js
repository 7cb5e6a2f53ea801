// The inputs of a card: each has an id, a value as Webex sends it, and says what is wrong with it.

import { list, make, string } from './dom.js';

const MAX_CHOICES = 200;
let made = 0;

const text = (value) => (['string', 'number', 'boolean'].includes(typeof value) ? String(value) : '');

/** An input of a known kind; nothing for another. */
export function input(item) {
  const kind = string(item.type).slice('Input.'.length);
  const build = { Text: textInput, Number: numberInput, Date: plain('date'), Time: plain('time'), Toggle: toggle, ChoiceSet: choices }[kind];
  if (!build) return null;
  made += 1;
  return build(item, `input-${made}`);
}

/** Label above, error below; `control` is what is focused and marked when it is wrong. */
function field(item, id, control, { value, problem, inside = control }) {
  const label = string(item.label) || string(item.placeholder) || string(item.id) || 'Input';
  const error = make('p', { className: 'error', id: `${id}-error` });
  control.id ||= id;
  control.setAttribute('aria-describedby', error.id);
  if (item.isRequired === true) control.setAttribute('aria-required', 'true');
  const marked = item.isRequired === true ? `${label} *` : label;
  const isGroup = inside !== control;
  const element = isGroup
    ? make('fieldset', { className: 'field' }, make('legend', { text: marked }), inside, error)
    : make('div', { className: 'field' }, make('label', { for: control.id, text: marked }), control, error);
  return {
    id: string(item.id),
    element,
    value,
    focus: () => control.focus(),
    check() {
      const empty = item.isRequired === true && value() === '' ? 'This is needed.' : '';
      const found = empty || problem?.() || '';
      error.textContent = found && (string(item.errorMessage) || found);
      control.toggleAttribute('aria-invalid', false);
      if (found) control.setAttribute('aria-invalid', 'true');
      return !found;
    },
  };
}

function textInput(item, id) {
  const types = { email: 'email', tel: 'tel', url: 'url', password: 'password' };
  const control = item.isMultiline === true
    ? make('textarea', { rows: 3 })
    : make('input', { type: types[string(item.style).toLowerCase()] ?? 'text' });
  control.placeholder = string(item.placeholder);
  control.value = text(item.value);
  if (Number.isInteger(item.maxLength) && item.maxLength > 0) control.maxLength = item.maxLength;
  const problem = () => {
    if (!item.regex || control.value === '') return '';
    try {
      return new RegExp(string(item.regex), 'u').test(control.value) ? '' : 'This does not have the form that is asked for.';
    } catch {
      return '';
    }
  };
  return field(item, id, control, { value: () => control.value, problem });
}

function numberInput(item, id) {
  const control = make('input', { type: 'number', step: 'any', min: text(item.min) || null, max: text(item.max) || null });
  control.placeholder = string(item.placeholder);
  control.value = text(item.value);
  const problem = () => (control.checkValidity() ? '' : control.validationMessage);
  return field(item, id, control, { value: () => control.value, problem });
}

const plain = (type) => (item, id) => {
  const control = make('input', { type, min: text(item.min) || null, max: text(item.max) || null });
  control.value = text(item.value);
  const problem = () => (control.checkValidity() ? '' : control.validationMessage);
  return field(item, id, control, { value: () => control.value, problem });
};

function toggle(item, id) {
  const on = text(item.valueOn) || 'true';
  const off = text(item.valueOff) || 'false';
  const control = make('input', { type: 'checkbox', id });
  control.checked = text(item.value) === on;
  const row = make('div', { className: 'option' }, control, make('label', { for: id, text: string(item.title) || string(item.id) || 'Yes' }));
  const built = field(item, id, control, {
    value: () => (control.checked ? on : off),
    problem: () => (item.isRequired === true && !control.checked ? 'This has to be chosen.' : ''),
    inside: row,
  });
  // A toggle without a label of its own has its title beside the box.
  if (!string(item.label)) built.element.querySelector('legend').className = 'unseen';
  return built;
}

function choices(item, id) {
  const all = list(item.choices).slice(0, MAX_CHOICES).map((choice) => ({ title: text(choice?.title) || text(choice?.value), value: text(choice?.value) }));
  const chosen = text(item.value).split(',');
  const isMany = item.isMultiSelect === true;
  if (!isMany && string(item.style).toLowerCase() !== 'expanded') {
    const first = make('option', { value: '', text: string(item.placeholder) || 'Choose…' });
    const control = make('select', {}, first, ...all.map(({ title, value }) => make('option', { value, text: title })));
    control.value = all.some(({ value }) => value === chosen[0]) ? chosen[0] : '';
    return field(item, id, control, { value: () => control.value });
  }
  const boxes = all.map(({ title, value }, index) => {
    const box = make('input', { type: isMany ? 'checkbox' : 'radio', name: id, id: `${id}-${index}`, value });
    box.checked = chosen.includes(value);
    return { box, row: make('div', { className: 'option' }, box, make('label', { for: box.id, text: title })) };
  });
  const value = () => boxes.filter(({ box }) => box.checked).map(({ box }) => box.value).join(',');
  const inside = make('div', {}, ...boxes.map(({ row }) => row));
  return field(item, id, boxes[0]?.box ?? make('input', { hidden: true }), { value, inside });
}
