// A device without a browser: it shows a code, a person types it in here.

import { form, person } from './api.mjs';
import { everyShape } from './shapes.mjs';

const CLIENT = { clientId: 'sandbox-integration', clientSecret: 'sandbox-integration-secret' };
const GRANT = 'urn:ietf:params:oauth:grant-type:device_code';

export async function device({ page, url, check }) {
  const start = async () => {
    const fields = { client_id: CLIENT.clientId, scope: 'spark:people_read' };
    return (await form(`${url}/v1/device/authorize`, fields)).body;
  };
  const poll = (device) =>
    form(`${url}/v1/device/token`, { grant_type: GRANT, device_code: device.device_code }, CLIENT);

  const shown = await start();
  check('it waits at first', (await poll(shown)).status === 428);
  await page.goto(shown.verification_uri);
  await everyShape({ page, check }, 'the page for a code');
  const code = page.getByRole('textbox');
  await code.fill('000000' === shown.user_code ? '111111' : '000000');
  await page.getByRole('button', { name: 'Next' }).click();
  const alert = await page.getByRole('alert').textContent();
  check('a wrong code is told', alert.includes('No device waits'), alert);
  await everyShape({ page, check }, 'a wrong code');

  await code.fill(shown.user_code);
  await page.getByRole('button', { name: 'Next' }).click();
  await page.getByLabel('Carol Diaz').check();
  await page.getByRole('button', { name: 'Accept' }).click();
  await page.getByRole('heading', { name: 'The device is connected' }).waitFor();
  const tokens = await poll(shown);
  check('the device gets its tokens', tokens.status === 200, tokens.status);
  const me = await person(url, tokens.body.access_token).me();
  check('they are those of whoever consented', me.displayName === 'Carol Diaz', me.displayName);

  const other = await start();
  await page.goto(other.verification_uri_complete);
  await page.getByRole('button', { name: 'Decline' }).click();
  await page.getByRole('heading', { name: 'You declined' }).waitFor();
  const refused = await poll(other);
  check('a device that is declined gets none', refused.status === 400, refused.status);

  await page.goto(`${url}/v1/device?userCode=${encodeURIComponent('"><script>alert(1)</script>')}`);
  check('a code of markup is only a wrong code', (await page.locator('script').count()) === 0);
}
