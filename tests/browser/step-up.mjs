// More access for a client that has some: the page that it sends its person to, and what is said there.

import { application } from './api.mjs';
import { everyShape } from './shapes.mjs';
import { client, mcp, signIn } from './signing-in.mjs';

const NAME = 'Tidy <img src=x onerror="alert(1)">';
const SERVER = '/mcp/webex-compliance';
const WHO = 'Grace Lindqvist';

export async function stepUp({ page, url, check }) {
  const app = await application();
  try {
    const { ask, exchange } = await client(url, app, NAME);
    const asked = ask({ server: SERVER });
    await signIn(page, asked.address, WHO);
    await page.waitForURL(`${app.redirectUri}?**`);
    const { body: tokens } = await exchange(asked, app.visits.at(-1).code);
    await asking({ page, url, check, token: tokens.access_token });
  } finally {
    app.close();
  }
}

/** A call that needs more; answers the address of the page that the server asks for, if it does. */
async function called(url, token) {
  const params = { name: 'webex-get-event', arguments: { max: 1 } };
  const answer = await mcp(url + SERVER, token, 'tools/call', params, { elicitation: { url: {} } });
  const { result } = await answer.json();
  return { text: JSON.stringify(result), link: JSON.stringify(result).match(/"url":"(http[^"]+)"/)?.[1] };
}

async function asking({ page, url, check, token }) {
  const { link, text } = await called(url, token);
  check('the server asks for a page of ours', link?.startsWith(`${url}/`), text);
  await page.goto(link);
  check('the name of the client is text', (await page.locator('h1').textContent()).includes(NAME));
  const words = await page.locator('.grants li').allTextContents();
  check('it is said for just what', words.length === 1 && words[0].includes('compliance'), words);
  await everyShape({ page, check }, 'a page for more access');
  await page.getByRole('button', { name: 'Decline' }).click();
  await page.getByRole('heading', { name: 'Nothing was changed' }).waitFor();
  await everyShape({ page, check }, 'more access, declined');

  await page.goto((await called(url, token)).link);
  await page.getByRole('button', { name: 'Accept' }).click();
  await page.getByLabel('Bob Smith').check();
  await page.getByRole('button', { name: 'Accept' }).click();
  await page.getByRole('alert').waitFor();
  await everyShape({ page, check }, 'more access, as somebody else');
  check('somebody else gives nothing', Boolean((await called(url, token)).link));

  const last = (await called(url, token)).link;
  await page.goto(last);
  await page.getByRole('button', { name: 'Accept' }).click();
  await page.getByLabel(WHO).check();
  await page.getByRole('button', { name: 'Accept' }).click();
  await page.getByRole('heading', { name: 'more access now' }).waitFor();
  await everyShape({ page, check }, 'more access, given');
  const after = await called(url, token);
  check('the same call works now', !after.link && after.text.includes('"complete"'), after.text);
  await page.goto(last);
  check('a link works once', await page.getByRole('alert').isVisible());
}
