// The live page: what a bot does is seen while it happens, as text, by whoever looks.

import { person } from './api.mjs';

const SPACE = 'Project Unicorn';
const MARKUP = '<img src=x onerror="alert(1)"> <b>bold</b>';

export async function live({ page, url, check }) {
  const bob = person(url, 'sandbox-bob');
  await page.goto(`${url}/`);
  check('the root leads to the page', page.url() === `${url}/_sandbox/`, page.url());
  await page.locator('#connection', { hasText: /^live$/ }).waitFor();
  const landmarks = await Promise.all(
    ['banner', 'navigation', 'main', 'complementary'].map((role) => page.getByRole(role).count()));
  check('it has its landmarks', landmarks.every((count) => count === 1), landmarks);

  await keyboard({ page, check });
  const roomId = await bob.room(SPACE);
  await messages({ page, check, bob, roomId });
  await eyes({ page, check });
  await older({ page, check });
  await aside({ page, check });
  await shapes({ page, check });
}

const active = (page) => page.evaluate(() => document.activeElement.textContent.trim());
const line = (page, text) => page.locator('#messages > li', { hasText: text });

async function keyboard({ page, check }) {
  await page.keyboard.press('Tab');
  check('the first stop skips to the messages', (await active(page)).startsWith('Skip'), await active(page));
  const stops = [];
  for (let stop = 0; stop < 30; stop += 1) {
    await page.keyboard.press('Tab');
    stops.push(await page.evaluate(() => document.activeElement.id || document.activeElement.textContent));
    if (stops.at(-1).startsWith(SPACE)) break;
  }
  const reached = ['viewer', '+1 min', SPACE].every((name) => stops.some((stop) => stop.startsWith(name)));
  check('person, clock and spaces are reached by the keyboard', reached, stops);
  await page.keyboard.press('Enter');
  await page.locator('#space-title', { hasText: SPACE }).waitFor();
  check('a space opens by the keyboard, and focus follows', (await active(page)) === SPACE, await active(page));
}

async function messages({ page, check, bob, roomId }) {
  const post = (body) => bob.call('POST', '/messages', { roomId, ...body });
  const { id } = await post({ text: MARKUP });
  await line(page, MARKUP).waitFor();
  check('a message appears without a reload', (await line(page, MARKUP).textContent()).includes('Bob Smith'));
  const markup = await page.locator('#messages img, #messages b, #messages script').count();
  check('what it says is text and never markup', markup === 0, markup);
  await page.locator('#news', { hasText: `Bob Smith wrote in ${SPACE}.` }).waitFor();
  check('it is announced politely', (await page.locator('#news').getAttribute('aria-live')) === 'polite');

  await post({ parentId: id, text: 'an answer in the thread' });
  await page.locator('#messages > li.reply', { hasText: 'an answer in the thread' }).waitFor();
  check('a reply is indented below it', true);

  await bob.call('PUT', `/messages/${id}`, { roomId, text: 'said better' });
  await line(page, 'said better').waitFor();
  const edited = await line(page, 'said better').textContent();
  check('an edit is seen and marked', edited.includes('(edited)'), edited);

  const button = page.getByRole('button', { name: /^Leadership/ });
  await button.focus();
  const elsewhere = await bob.room('CI/CD');
  await bob.call('POST', '/messages', { roomId: elsewhere, text: 'somewhere else' });
  await page.locator('#spaces > li:first-child', { hasText: 'CI/CD' }).waitFor();
  check('focus stays where it was while spaces move', (await active(page)).startsWith('Leadership'), await active(page));

  await bob.call('DELETE', `/messages/${id}`);
  await line(page, 'A message was deleted by Bob Smith').waitFor();
  check('a deleted message leaves a mark and no words', (await line(page, 'said better').count()) === 0);

  const content = {
    type: 'AdaptiveCard',
    version: '1.3',
    body: [
      { type: 'TextBlock', text: MARKUP },
      { type: 'FactSet', facts: [{ title: 'Build', value: '4711' }] },
      { type: 'Input.Text', id: 'why', placeholder: 'Why?' },
    ],
    actions: [{ type: 'Action.Submit', title: 'Approve' }],
  };
  await post({ text: 'a card', attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', content }] });
  const card = page.locator('#messages .card', { hasText: 'Approve' });
  await card.waitFor();
  const words = await card.textContent();
  check('a card is shown as its words', [MARKUP, 'Build 4711', '[Why?]'].every((part) => words.includes(part)), words);
}

async function eyes({ page, check }) {
  const spaces = page.locator('#spaces > li');
  const all = await spaces.count();
  await page.getByLabel('Look as').selectOption({ label: 'Grace Lindqvist, Compliance Officer' });
  await page.locator('#space-title', { hasNotText: SPACE }).waitFor();
  const hers = await spaces.count();
  check('another person sees other spaces', hers > 0 && hers < all, { hers, all });
  await page.getByLabel('Look as').selectOption({ label: 'everybody' });
  await page.waitForFunction((count) => document.querySelectorAll('#spaces > li').length === count, all);
  check('and everybody sees all of them again', true);
}

async function older({ page, check }) {
  await page.getByRole('button', { name: /^Daily Standup/ }).click();
  await page.locator('#space-title', { hasText: 'Daily Standup' }).waitFor();
  await page.getByRole('button', { name: 'Older messages' }).waitFor();
  const before = await page.locator('#messages > li').count();
  await page.getByRole('button', { name: 'Older messages' }).click();
  await page.waitForFunction((count) => document.querySelectorAll('#messages > li').length > count, before);
  check('older messages come on demand', true);
}

async function aside({ page, check }) {
  const meetings = await page.locator('#meetings > li').allTextContents();
  check('meetings to come are listed', meetings.some((text) => text.includes('Daily Standup')), meetings);
  const calls = await page.locator('#calls > li').allTextContents();
  const told = calls.some((text) => text === '200 POST /v1/messages bob@example.com');
  check('the last calls are listed, with status and caller', told, calls.slice(0, 3));
  const now = () => page.locator('#now').getAttribute('datetime');
  const before = Date.parse(await now());
  await page.getByRole('button', { name: '+1 day' }).click();
  await page.waitForFunction(
    (then) => Date.parse(document.querySelector('#now').dateTime) - then >= 86_400_000, before);
  check('the clock moves by a button', true);
}

async function shapes({ page, check }) {
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  await page.emulateMedia({ colorScheme: 'light' });
  const light = await ground();
  await page.emulateMedia({ colorScheme: 'dark' });
  check('dark mode is dark', (await ground()) !== light, light);
  await page.setViewportSize({ width: 360, height: 740 });
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  check('360 px are enough', width <= 360, width);
}
