// What a bot builder looks into and turns: deliveries of webhooks, calls, faults, limits, the clock.

import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';

import { person } from './api.mjs';
import { accessible, everyShape } from './shapes.mjs';

const SECRET = 'a secret of the journey';

export async function webhooks({ page, url, check }) {
  const carol = person(url, 'sandbox-carol');
  const got = [];
  const server = createServer(async (request, response) => {
    const parts = await request.toArray();
    got.push({ body: Buffer.concat(parts).toString(), signature: request.headers['x-spark-signature'] });
    response.writeHead(204).end();
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const targetUrl = `http://127.0.0.1:${server.address().port}/hook`;
  try {
    const { id } = await carol.me();
    await page.goto(`${url}/_sandbox/?${new URLSearchParams({ as: id, tab: 'webhooks' })}`);
    await page.getByText('This person has no webhooks.').waitFor();
    check('nothing is explained', await page.getByText('POST /v1/webhooks').isVisible());
    const hook = { name: 'Journey', targetUrl, resource: 'messages', event: 'created', secret: SECRET };
    await carol.call('POST', '/webhooks', hook);
    const roomId = await carol.room('Design System');
    await carol.call('POST', '/messages', { roomId, text: 'for the hook' });
    await deliveries({ page, check, got });
    await failing({ page, check, carol, roomId });
    await everyShape({ page, check }, 'webhooks');
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

async function deliveries({ page, check, got }) {
  const row = page.locator('#deliveries > li', { hasText: 'messages created' });
  await row.getByRole('button').click();
  const detail = page.locator('#detail');
  await detail.waitFor();
  const told = await detail.innerText();
  check('a delivery has status and signature', told.includes('204') && told.includes(got[0].signature), told);
  const body = await detail.locator('pre').textContent();
  check('and the body that was sent', JSON.stringify(JSON.parse(body)) === JSON.stringify(JSON.parse(got[0].body)), body);
  const signature = createHmac('sha1', SECRET).update(got[0].body).digest('hex');
  check('the signature is that of the body', got[0].signature === signature, got[0].signature);
  await detail.getByRole('button', { name: 'Send again' }).click();
  await page.waitForFunction(() => document.querySelectorAll('#deliveries > li').length === 2);
  check('it is sent again as it was', got.length === 2 && got[1].body === got[0].body && got[1].signature === got[0].signature, got.length);
  const address = page.url();
  await page.reload();
  await detail.waitFor();
  check('a link leads to the delivery', page.url() === address && (await detail.innerText()).includes('204'));
  await detail.getByRole('button', { name: 'Close' }).click();
  check('which can be closed', !(await detail.isVisible()));
}

async function failing({ page, check, carol, roomId }) {
  const hook = { name: 'Nowhere', targetUrl: 'http://127.0.0.1:9/hook', resource: 'messages', event: 'created' };
  await carol.call('POST', '/webhooks', hook);
  await carol.call('POST', '/messages', { roomId, text: 'for nobody' });
  const row = page.locator('#deliveries > li', { hasText: 'failed' });
  await row.getByRole('button').click();
  const detail = page.locator('#detail');
  await detail.getByText('the target cannot be reached').waitFor();
  check('a failure says why, and that nothing is signed', (await detail.innerText()).includes('the webhook has no secret'));
  await page.locator('#webhooks').getByRole('button', { name: /^Nowhere/ }).click();
  await page.locator('#deliveries-title', { hasText: 'Sent to Nowhere' }).waitFor();
  await page.waitForFunction(() => document.querySelectorAll('#deliveries > li').length === 1);
  await detail.getByText('deliveries are not signed').waitFor();
  check('a webhook shows what was sent to it alone', true);
}

export async function faults({ page, url, check }) {
  const dave = person(url, 'sandbox-dave');
  await page.goto(`${url}/_sandbox/?tab=faults`);
  const panel = page.getByRole('tabpanel', { name: 'Faults' });
  await panel.getByText('No fault is set').waitFor();
  await panel.getByLabel('Status').fill('503');
  await panel.getByLabel('Retry-After, seconds').fill('2');
  await panel.getByLabel('Path').fill('/v1/teams*');
  await panel.getByRole('button', { name: 'Set the fault' }).click();
  await panel.getByText('Refuse with 503, Retry-After 2').waitFor();
  const refused = await dave.call('GET', '/teams').then(() => 'answered', (error) => error.message);
  check('a fault that was set strikes', refused.includes('503'), refused);

  await panel.getByLabel('How often').selectOption('A share');
  await panel.getByLabel('Share from 0 to 1').fill('7');
  await panel.getByRole('button', { name: 'Set the fault' }).click();
  await panel.getByText('share must be above 0 and at most 1').waitFor();
  check('a mistake is told in the words of the sandbox', true);
  await panel.getByLabel('What goes wrong').selectOption('Answer late');
  await panel.getByLabel('Share from 0 to 1').fill('0.5');
  await panel.getByRole('button', { name: 'Set the fault' }).click();
  await panel.getByText('50 % of them').waitFor();
  await panel.getByRole('button', { name: 'Clear all faults' }).click();
  await panel.getByText('No fault is set').waitFor();
  check('faults are cleared', true);

  await panel.getByLabel('Requests of each person').fill('1');
  await panel.getByRole('button', { name: 'Set the limit' }).click();
  await panel.getByText('Each person has 1 request in 60 seconds.').waitFor();
  await dave.me();
  const limited = await dave.me().then(() => 'answered', (error) => error.message);
  check('a limit that was set holds', limited.includes('429'), limited);
  await panel.getByRole('button', { name: 'Lift the limit' }).click();
  await panel.getByText('No limit is set.').waitFor();
  check('and is lifted', Boolean(await dave.me()));

  const before = Date.parse(await page.locator('#now').getAttribute('datetime'));
  await panel.getByLabel('Forward by').fill('2');
  await panel.getByLabel('Unit').selectOption('days');
  await panel.getByRole('button', { name: 'Move the clock' }).click();
  await page.waitForFunction((then) => Date.parse(document.querySelector('#now').dateTime) - then >= 172_800_000, before);
  check('the clock moves by any step', true);
  await accessible({ page, check }, 'faults');
  await calls({ page, check, dave });
}

async function calls({ page, check, dave }) {
  const { id } = await dave.me();
  await dave.call('GET', `/people/${id}`);
  await page.getByRole('tab', { name: 'Faults' }).press('ArrowLeft');
  await page.getByRole('tab', { name: 'Webhooks' }).press('ArrowLeft');
  check('arrows move among the tabs', (await page.getByRole('tab', { name: 'Calls' }).getAttribute('aria-selected')) === 'true');
  const rows = page.locator('#calls > li');
  const short = rows.filter({ hasText: `/v1/people/${id.slice(0, 8)}…` });
  await short.first().waitFor();
  check('ids are short in the list', true);
  await page.getByLabel('Status').selectOption('5xx');
  await page.getByLabel('Who').selectOption('dave@example.com');
  await page.waitForFunction(() => document.querySelectorAll('#calls > li').length === 1);
  const text = await rows.textContent();
  check('calls are found by status and caller', text.includes('503') && text.includes('fault: status'), text);
  await rows.getByRole('button').click();
  const detail = page.locator('#detail');
  await detail.getByText('ROUTER_').waitFor();
  check('a call is opened whole, beside', (await detail.innerText()).includes('dave@example.com'));
  const address = page.url();
  await page.getByLabel('Status').selectOption('Status');
  await rows.nth(2).waitFor();
  await rows.nth(0).getByRole('button').focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.waitForURL((now) => now.href !== address);
  check('arrows and Enter open another', true);
  await page.goBack();
  await page.waitForURL(address);
  await detail.getByRole('heading', { name: '/v1/teams' }).waitFor();
  check('back leads to the one before', true);
  await page.getByLabel('Path, query or tracking id').fill('no such path');
  await page.getByText('No call fits the filters.').waitFor();
  await page.getByLabel('Path, query or tracking id').fill('');
  await everyShape({ page, check }, 'calls');
}
