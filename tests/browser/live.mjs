// The live page: what a bot does is seen while it happens, as text, by whoever looks.

import { person } from './api.mjs';
import { everyShape } from './shapes.mjs';

const SPACE = 'Project Unicorn';
const MARKUP = '<img src=x onerror="alert(1)"> <b>bold</b>';

export async function live({ page, url, check }) {
  const bob = person(url, 'sandbox-bob');
  await page.goto(`${url}/`);
  check('the root leads to the page', new URL(page.url()).pathname === '/_sandbox/', page.url());
  await page.locator('#connection', { hasText: /^live$/ }).waitFor();
  const landmarks = await Promise.all(['banner', 'main'].map((role) => page.getByRole(role).count()));
  check('it has its landmarks', landmarks.every((count) => count === 1), landmarks);

  await keyboard({ page, check });
  const roomId = await bob.room(SPACE);
  await messages({ page, check, bob, roomId });
  await marks({ page, check, bob, roomId });
  await eyes({ page, check });
  await older({ page, check });
  await activity({ page, check });
  await everyShape({ page, check }, 'the live page');
}

const active = (page) => page.evaluate(() => document.activeElement.textContent.trim());
const line = (page, text) => page.locator('#messages > li', { hasText: text });

async function keyboard({ page, check }) {
  await page.keyboard.press('Tab');
  check('the first stop skips to the messages', (await active(page)).startsWith('Skip'), await active(page));
  const stops = [];
  for (let stop = 0; stop < 12; stop += 1) {
    await page.keyboard.press('Tab');
    stops.push(await page.evaluate(() => document.activeElement.id || document.activeElement.className || document.activeElement.textContent));
    if (stops.at(-1) === 'row') break;
  }
  const reached = ['viewer', '+1 min', 'row'].every((name) => stops.includes(name));
  check('person, clock and spaces are reached by the keyboard', reached, stops);
  for (let row = 0; row < 30 && !(await active(page)).startsWith(SPACE); row += 1) await page.keyboard.press('ArrowDown');
  check('arrows move among the spaces', (await active(page)).startsWith(SPACE), await active(page));
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
  check('the space that has something new is marked', await page.locator('#spaces > li:first-child .dot').isVisible());

  await bob.call('DELETE', `/messages/${id}`);
  await line(page, 'A message was deleted by Bob Smith').waitFor();
  check('a deleted message leaves a mark and no words', (await line(page, 'said better').count()) === 0);
}

/** Markdown is shown as it is meant, links with their host, and HTML only as far as it is harmless. */
async function marks({ page, check, bob, roomId }) {
  const markdown = 'Look: **bold**, `code`, [the plan](https://docs.example.com/plan)\n\n> quoted\n\n- one\n- two\n\n<@personEmail:alice@example.com|Alice>';
  await bob.call('POST', '/messages', { roomId, markdown });
  const shown = line(page, 'Look: bold');
  await shown.waitFor();
  const kinds = await Promise.all(['strong', 'code', 'blockquote', 'ul > li', '.mention', 'a'].map((kind) => shown.locator(`.markup ${kind}`).count()));
  check('Markdown is shown as Markdown', kinds.join() === '1,1,1,2,1,1', kinds);
  check('a link has its host beside it', (await shown.textContent()).includes('(docs.example.com)'));
  check('a mention is a chip', (await shown.locator('.mention').textContent()) === '@Alice');
  const html = '<p onclick="alert(1)">kept <a href="javascript:alert(2)">words</a></p><script>alert(3)</script><img src=x onerror="alert(4)"><style>p{}</style><iframe src="/"></iframe>';
  await bob.call('POST', '/messages', { roomId, html });
  const harmless = line(page, 'kept words');
  await harmless.waitFor();
  const left = await harmless.locator('[onclick], a, script, img, style, iframe').count();
  check('of HTML only harmless elements are left', left === 0, left);
}

async function eyes({ page, check }) {
  const spaces = page.locator('#spaces > li');
  const all = await spaces.count();
  await page.getByLabel('Look as').selectOption({ label: 'Grace Lindqvist, Compliance Officer' });
  await page.locator('#space-title', { hasNotText: SPACE }).waitFor();
  const hers = await spaces.count();
  check('another person sees other spaces', hers > 0 && hers < all, { hers, all });
  await page.goBack();
  await page.waitForFunction((count) => document.querySelectorAll('#spaces > li').length === count, all);
  check('back leads to the eyes before', (await page.getByLabel('Look as').inputValue()) === '');
  await page.getByLabel('Find a space').fill('standup');
  await page.waitForFunction(() => document.querySelectorAll('#spaces > li').length === 1);
  check('a space is found by its title', (await spaces.textContent()).includes('Daily Standup'));
  await page.getByLabel('Find a space').fill('no such space');
  await page.getByText('No space has this in its title.').waitFor();
  await page.getByLabel('Find a space').fill('');
}

async function older({ page, check }) {
  await page.getByRole('button', { name: /^Daily Standup/ }).click();
  await page.locator('#space-title', { hasText: 'Daily Standup' }).waitFor();
  await page.getByRole('button', { name: 'Older messages' }).waitFor();
  const before = await page.locator('#messages > li').count();
  await page.getByRole('button', { name: 'Older messages' }).click();
  await page.waitForFunction((count) => document.querySelectorAll('#messages > li').length > count, before);
  check('older messages come on demand', true);
  const address = page.url();
  await page.reload();
  await page.locator('#space-title', { hasText: 'Daily Standup' }).waitFor();
  check('a link leads to the same space', page.url() === address && (await page.title()).startsWith('Daily Standup'), page.url());
}

async function activity({ page, check }) {
  await page.getByRole('tab', { name: 'Meetings' }).click();
  const meetings = page.locator('#meetings > li', { hasText: 'Daily Standup' });
  await meetings.waitFor();
  check('meetings to come are listed', true);
  await page.getByRole('tab', { name: 'Calls' }).click();
  const row = page.locator('#calls > li', { hasText: 'bob@example.com' }).first();
  await row.waitFor();
  const told = await row.textContent();
  check('the last calls are listed, with status, duration and caller', /^200POST\/v1\/messages.*bob@example\.com.*ms$/.test(told), told);
  const now = () => page.locator('#now').getAttribute('datetime');
  const before = Date.parse(await now());
  await page.getByRole('button', { name: '+1 day' }).click();
  await page.waitForFunction(
    (then) => Date.parse(document.querySelector('#now').dateTime) - then >= 86_400_000, before);
  check('the clock moves by a button', true);
}
