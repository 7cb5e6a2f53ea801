// Acting on the live page: a person writes, replies and answers cards there, through Webex's own API.

import { administer, person } from './api.mjs';
import { accessible } from './shapes.mjs';

const SPACE = 'Incident Response';
const CARD = {
  type: 'AdaptiveCard',
  version: '1.3',
  body: [
    { type: 'TextBlock', text: 'Deploy **checkout**? <img src=x onerror="alert(1)">' },
    { type: 'FactSet', facts: [{ title: 'Build', value: '4711' }] },
    { type: 'Input.Text', id: 'why', label: 'Why now?', isRequired: true, errorMessage: 'Give a reason.' },
    { type: 'Input.ChoiceSet', id: 'where', label: 'Where', value: 'eu', choices: [{ title: 'Europe', value: 'eu' }, { title: 'America', value: 'us' }] },
    { type: 'Input.ChoiceSet', id: 'tell', label: 'Tell', isMultiSelect: true, choices: [{ title: 'Engineering', value: 'e' }, { title: 'Support', value: 's' }] },
    { type: 'Input.Number', id: 'share', label: 'Share', min: 1, max: 100, value: 10 },
    { type: 'Input.Toggle', id: 'sure', title: 'I am sure', valueOn: 'yes', valueOff: 'no' },
    { type: 'TextBlock', id: 'more', text: 'The whole story', isVisible: false },
  ],
  actions: [
    { type: 'Action.Submit', title: 'Approve', data: { decision: 'approve', where: 'overwritten' } },
    { type: 'Action.ToggleVisibility', title: 'More', targetElements: ['more'] },
    { type: 'Action.OpenUrl', title: 'Build', url: 'javascript:alert(2)' },
  ],
};

export async function acting({ page, url, check }) {
  const bob = person(url, 'sandbox-bob');
  const roomId = await bob.room(SPACE);
  await page.goto(`${url}/_sandbox/?${new URLSearchParams({ space: roomId })}`);
  await page.locator('#cannot-write', { hasText: 'Choose a person' }).waitFor();
  check('everybody is nobody who could write', !(await page.locator('#composer').isVisible()));
  await page.getByLabel('Look as').selectOption({ label: 'Alice Johnson, Product Manager' });
  await page.locator('#composer').waitFor();

  await writing({ page, url, check });
  await cards({ page, check, bob, roomId });
  await accessible({ page, check }, 'a card with inputs');
}

const line = (page, text) => page.locator('#messages > li', { hasText: text });

async function writing({ page, url, check }) {
  const words = page.getByLabel(`Write in ${SPACE} as Alice Johnson`);
  await words.fill('The **fix** is out');
  await words.press('Enter');
  await line(page, 'The fix is out').waitFor();
  const strong = await line(page, 'The fix is out').locator('strong').textContent();
  check('what is written is sent as the person, in Markdown', strong === 'fix', strong);
  check('and the field is empty again', (await words.inputValue()) === '');

  await page.getByLabel('Mention somebody').selectOption({ label: 'Bob Smith' });
  await words.press('End');
  await words.pressSequentially('look');
  await page.getByRole('button', { name: 'Send' }).click();
  const mention = line(page, '@Bob Smith look').locator('.mention');
  await mention.waitFor();
  check('somebody is mentioned by a choice', true);

  await line(page, 'The fix is out').hover();
  await line(page, 'The fix is out').getByRole('button', { name: 'Reply to Alice Johnson' }).click();
  await page.getByText('Reply to Alice Johnson: The fix is out').waitFor();
  await page.keyboard.type('In the thread');
  await page.keyboard.press('Shift+Enter');
  await page.keyboard.type('second line');
  await page.keyboard.press('Enter');
  await page.locator('#messages > li.reply', { hasText: 'In the thread' }).waitFor();
  check('a reply goes into the thread', !(await page.locator('#replying').isVisible()));

  await administer(url, 'POST', '/faults', { method: 'POST', path: '/v1/messages', fault: { kind: 'status', code: 503 } });
  await words.fill('kept for later');
  await words.press('Enter');
  await page.locator('#words-error', { hasText: '503' }).waitFor();
  check('a refusal is told, and nothing is lost', (await words.inputValue()) === 'kept for later');
  await words.fill('');
  await words.press('Enter');
  await page.locator('#words-error', { hasText: 'Write something first.' }).waitFor();
  check('nothing is no message', true);
}

async function cards({ page, check, bob, roomId }) {
  const attachment = { contentType: 'application/vnd.microsoft.card.adaptive', content: CARD };
  await bob.call('POST', '/messages', { roomId, text: 'a card', attachments: [attachment] });
  const card = page.getByRole('group', { name: 'Card' }).last();
  const approve = card.getByRole('button', { name: 'Approve' });
  await approve.waitFor();
  const markup = await card.locator('img, script').count();
  check('the words of a card are no markup', markup === 0 && (await card.textContent()).includes('<img src=x'), markup);
  check('a target that is no web address is no link', (await card.locator('a').count()) === 0);

  check('what is hidden is hidden', !(await card.getByText('The whole story').isVisible()));
  await card.getByRole('button', { name: 'More' }).click();
  check('until a button shows it', await card.getByText('The whole story').isVisible());

  await approve.click();
  check('an input that is needed is asked for', await card.getByText('Give a reason.').isVisible());
  const focused = await page.evaluate(() => document.activeElement.labels?.[0]?.textContent);
  check('and focused', focused === 'Why now? *', focused);
  await card.getByLabel('Why now?').fill('It is green');
  await card.getByLabel('Where').selectOption('America');
  await card.getByLabel('Engineering').check();
  await card.getByLabel('Support').check();
  await card.getByLabel('I am sure').check();
  // Others write meanwhile; what was entered stays.
  await bob.call('POST', '/messages', { roomId, text: 'hurry up' });
  await line(page, 'hurry up').waitFor();
  const [answer] = await Promise.all([
    page.waitForResponse((response) => response.url().endsWith('/v1/attachment/actions')),
    approve.click(),
  ]);
  await card.getByText('Sent as Alice Johnson.').waitFor();
  const { id } = await answer.json();
  const { inputs } = await bob.call('GET', `/attachment/actions/${id}`);
  const expected = { decision: 'approve', where: 'us', why: 'It is green', tell: 'e,s', share: '10', sure: 'yes' };
  const same = Object.entries(expected).every(([name, value]) => inputs[name] === value);
  check('the bot gets inputs and data as from Webex', same && Object.keys(inputs).length === 6, inputs);
}
