// The page on which a person sees who acts as them: clients, connection tokens, revoking and deleting.

import { application } from './api.mjs';
import { everyShape } from './shapes.mjs';
import { client, signIn, tools } from './signing-in.mjs';

const NAME = 'Tidy <img src=x onerror="alert(1)">';
const TOKEN = 'Laptop <script>alert(2)</script>';
const AWFUL = `${'W'.repeat(30)} مرحبا ${'i'.repeat(20)}`;

export async function account({ page, url, check }) {
  const app = await application();
  try {
    await entering({ page, url, check });
    await clients({ page, url, check, app });
    const token = await making({ page, url, check });
    await revoking({ page, url, check, token });
    await leaving({ page, url, check });
  } finally {
    app.close();
  }
}

/** Consents at Webex, as this person; the page before has sent the browser there. */
async function atWebex(page, name) {
  await page.getByLabel(name).check();
  await page.getByRole('button', { name: 'Accept' }).click();
}

async function entering({ page, url, check }) {
  await page.goto(`${url}/account`);
  await everyShape({ page, check }, 'the door of the account');
  await page.getByRole('button', { name: 'Sign in with Webex' }).click();
  await atWebex(page, 'Bob Smith');
  await page.getByText('No client acts as you').waitFor();
  check('it says as whom one is here', (await page.getByRole('main').innerText()).includes('bob@example.com'));
  await everyShape({ page, check }, 'an account with nothing');
}

async function clients({ page, url, check, app }) {
  for (const name of [NAME, AWFUL]) {
    const { ask, exchange } = await client(url, app, name);
    const asked = ask();
    await signIn(page, asked.address, 'Bob Smith');
    await page.waitForURL(`${app.redirectUri}?**`);
    const { status } = await exchange(asked, app.visits.at(-1).code);
    check('a client signs in', status === 200, status);
  }
  await page.goto(`${url}/account`);
  const listed = await page.locator('.entries li').allTextContents();
  check('both clients are listed by their names', listed.length === 2 && listed.some((line) => line.includes(NAME)), listed);
  check('which are text', (await page.locator('img, script').count()) === 0);
}

async function making({ page, url, check }) {
  await page.getByText('Make a token').click();
  await page.getByLabel('Name').fill(TOKEN);
  await page.getByLabel('Server').selectOption({ label: 'Webex Messaging' });
  await page.getByLabel('Valid for').selectOption('7');
  await page.getByLabel('It may only read').check();
  await everyShape({ page, check }, 'an account with a form');
  await page.getByRole('button', { name: 'Make the token' }).click();
  await atWebex(page, 'Bob Smith');
  const field = page.getByLabel('Token', { exact: true });
  await field.waitFor();
  const token = await field.inputValue();
  check('the token is shown', token.startsWith('wxm_'), token.slice(0, 4));
  await everyShape({ page, check }, 'a new token');
  const answer = await tools(url, token);
  check('it works as a bearer', answer.status === 200, answer.status);
  const said = await answer.text();
  check('and only reads', said.includes('webex-get-message') && !said.includes('webex-create-message'), said.slice(0, 200));
  await page.goto(`${url}/account`);
  const main = await page.getByRole('main').innerText();
  check('it is listed without its text', main.includes(TOKEN) && !main.includes(token));
  await everyShape({ page, check }, 'an account with clients and a token');
  return token;
}

async function revoking({ page, url, check, token }) {
  await page.getByRole('button', { name: `Revoke ${TOKEN}` }).click();
  check('it is asked again, with the name', (await page.locator('h1').innerText()).includes(TOKEN));
  await everyShape({ page, check }, 'the question before revoking');
  await page.getByRole('link', { name: 'Keep it' }).click();
  check('who keeps it has it', (await tools(url, token)).status === 200);
  await page.getByRole('button', { name: `Revoke ${TOKEN}` }).click();
  await page.getByRole('button', { name: /^Revoke/ }).click();
  await page.getByRole('heading', { name: 'Revoked' }).waitFor();
  await everyShape({ page, check }, 'what was revoked');
  const { status } = await tools(url, token);
  check('who revokes it has it no more', status === 401, status);
}

async function leaving({ page, url, check }) {
  await page.goto(`${url}/account`);
  await page.getByRole('button', { name: 'Delete everything of mine here' }).click();
  await everyShape({ page, check }, 'the question before deleting');
  await page.getByRole('button', { name: /^Delete everything/ }).click();
  await page.getByRole('heading', { name: 'Deleted' }).waitFor();
  await everyShape({ page, check }, 'what was deleted');
  await page.goto(`${url}/account`);
  await page.getByRole('button', { name: 'Sign in with Webex' }).waitFor();
  check('who deletes everything is signed out', true);
}
