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
  await writingOn({ page, check });
  await cards({ page, check, bob, roomId });
  await cardInCard({ page, check, bob, roomId });
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

/** A message on its way is sent once, and what is typed meanwhile is another one. */
async function writingOn({ page, check }) {
  const words = page.getByLabel(`Write in ${SPACE} as Alice Johnson`);
  let posts = 0;
  let answer = null;
  const isHeld = new Promise((resolve) => {
    answer = resolve;
  });
  await page.route('**/v1/messages', async (route) => {
    posts += 1;
    await isHeld;
    await route.continue();
  });
  await words.fill('Only once');
  await page.keyboard.down('Enter');
  await page.keyboard.down('Enter');
  await page.keyboard.up('Enter');
  await words.press('Enter');
  await words.fill('Typed meanwhile');
  await words.press('Enter');
  check('Enter again does not send again', posts === 1, posts);
  answer();
  await line(page, 'Only once').waitFor();
  await page.getByRole('button', { name: 'Send', exact: true }).waitFor();
  check('what was typed meanwhile is kept', (await words.inputValue()) === 'Typed meanwhile', await words.inputValue());
  await page.unroute('**/v1/messages');
  await words.press('Enter');
  await line(page, 'Typed meanwhile').waitFor();
  check('each was sent once', (await line(page, 'Only once').count()) === 1 && posts === 1, posts);
  await words.fill('Held down');
  await page.keyboard.down('Enter');
  await line(page, 'Held down').waitFor();
  await words.fill('Not yet');
  await page.keyboard.down('Enter');
  await page.keyboard.up('Enter');
  check('a key that is held sends nothing more', (await words.inputValue()) === 'Not yet', await words.inputValue());
  await words.fill('');
}

const CARD_IN_CARD = {
  type: 'AdaptiveCard',
  version: '1.3',
  body: [
    { type: 'Input.Text', id: 'outer', label: 'Outer', value: 'o' },
    {
      type: 'ColumnSet',
      columns: [
        { type: 'Column', id: 'left', items: [{ type: 'TextBlock', text: 'The left column' }] },
        { type: 'Column', id: 'right', isVisible: false, items: [{ type: 'TextBlock', text: 'The right column' }] },
      ],
    },
  ],
  actions: [
    { type: 'Action.Submit', title: 'Outside' },
    { type: 'Action.ToggleVisibility', title: 'Columns', targetElements: ['left', { elementId: 'right', isVisible: true }] },
    {
      type: 'Action.ShowCard',
      title: 'Comment',
      card: {
        type: 'AdaptiveCard',
        body: [{ type: 'Input.Text', id: 'inner', label: 'Inner', isRequired: true, errorMessage: 'Say why.' }],
        actions: [{ type: 'Action.Submit', title: 'Inside' }],
      },
    },
  ],
};

/** The inputs of a card that is shown by a button belong to that card's buttons. */
async function cardInCard({ page, check, bob, roomId }) {
  const attachment = { contentType: 'application/vnd.microsoft.card.adaptive', content: CARD_IN_CARD };
  await bob.call('POST', '/messages', { roomId, text: 'a card in a card', attachments: [attachment] });
  await line(page, 'a card in a card').waitFor();
  const card = page.getByRole('group', { name: 'Card' }).last();
  await card.getByRole('button', { name: 'Outside' }).waitFor();
  const sent = async (name) => {
    const [answer] = await Promise.all([
      page.waitForResponse((response) => response.url().endsWith('/v1/attachment/actions')),
      card.getByRole('button', { name }).click(),
    ]);
    const { id } = await answer.json();
    const { inputs } = await bob.call('GET', `/attachment/actions/${id}`);
    return JSON.stringify(inputs);
  };
  const outside = await sent('Outside');
  check('a button sends the inputs of its own card', outside === '{"outer":"o"}', outside);
  await card.getByRole('button', { name: 'Comment' }).click();
  await card.getByRole('button', { name: 'Inside' }).click();
  check('the inner card asks for its own input', await card.getByText('Say why.').isVisible());
  await card.getByLabel('Inner').fill('i');
  const inside = await sent('Inside');
  check('its button sends the inputs around it too', inside === '{"outer":"o","inner":"i"}' || inside === '{"inner":"i","outer":"o"}', inside);
  check('a column can be hidden', !(await card.getByText('The right column').isVisible()));
  await card.getByRole('button', { name: 'Columns' }).click();
  const [left, right] = await Promise.all(['left', 'right'].map((side) => card.getByText(`The ${side} column`).isVisible()));
  check('and shown by a button', !left && right, { left, right });
}
