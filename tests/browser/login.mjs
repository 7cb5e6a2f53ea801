// `webex-mcp login`: the terminal shows an address, the browser signs in there and comes back to a page
// of the terminal's; or, on a machine without a browser, types a code in on another one.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { administer } from './api.mjs';
import { everyShape } from './shapes.mjs';

const INTEGRATION = { clientId: 'browser-login', clientSecret: 'browser-login-secret', name: 'My own' };
// Webex wants them of each integration whose devices have no browser.
const HELPERS = ['a', 'r', 'k', 'd'].map((one) => `https://oauth-helper-${one}.wbx2.com/helperservice/v1/actions/device/callback`);
const SCOPES = 'spark:people_read spark:kms spark:rooms_read spark:messages_read';

export async function login({ page, url, binary, check }) {
  const data = mkdtempSync(join(tmpdir(), 'webex-mcp-login-'));
  const callback = `http://localhost:${await freePort()}/back`;
  await administer(url, 'POST', '/integrations', { ...INTEGRATION, redirectUris: [callback, ...HELPERS], scopes: SCOPES.split(' ') });
  const begin = (how = '--no-browser') => terminal(binary, how, {
    WEBEX_BASE_URL: `${url}/v1`,
    WEBEX_MCP_DATA_DIR: data,
    WEBEX_MCP_LOGIN_CALLBACK: callback,
    WEBEX_MCP_LOGIN_CLIENT_ID: INTEGRATION.clientId,
    WEBEX_MCP_LOGIN_CLIENT_SECRET: INTEGRATION.clientSecret,
  });
  try {
    const first = await begin();
    await page.goto(`${callback}?code=x&state=y`);
    await page.getByRole('heading', { name: 'This is not the sign-in that is waited for' }).waitFor();
    await everyShape({ page, check }, 'an answer that the terminal does not wait for');
    await page.goto(first.address);
    await page.getByLabel('Bob Smith').check();
    await page.getByRole('button', { name: 'Accept' }).click();
    await page.getByRole('heading', { name: 'Webex has answered' }).waitFor();
    await everyShape({ page, check }, "the terminal's page");
    const [code, said] = await first.ended;
    check('the terminal says who is signed in', code === 0 && said.includes('bob@example.com'), [code, said]);
    check('and not how', !said.includes(INTEGRATION.clientSecret), said);

    const second = await begin();
    await page.goto(second.address);
    await page.getByRole('button', { name: 'Decline' }).click();
    await page.getByRole('heading', { name: 'You are not signed in' }).waitFor();
    await everyShape({ page, check }, "the terminal's page after declining");
    const [status, why] = await second.ended;
    check('the terminal says that it was declined', status === 1 && why.includes('declined'), [status, why]);

    const device = await begin('--device');
    await page.goto(device.address);
    await page.getByRole('textbox').fill(device.code);
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByLabel('Carol Diaz').check();
    await page.getByRole('button', { name: 'Accept' }).click();
    await page.getByRole('heading', { name: 'The device is connected' }).waitFor();
    const [last, told] = await device.ended;
    check('a code signs in too, as somebody else', last === 0 && told.includes('carol@example.com'), [last, told]);
  } finally {
    rmSync(data, { recursive: true, force: true });
  }
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

const SHOWN = {
  '--no-browser': /(http\S+\/authorize\?\S+)\s/,
  '--device': /open (http\S+) and type in the code (\S+)\./,
};

/** Starts the command; answers the address and the code that it shows, and a promise of how it ends. */
async function terminal(binary, how, settings) {
  const words = ['login', how, '--keep-in', 'file', '--scopes', SCOPES];
  const command = spawn(binary, words, { env: settings, stdio: ['ignore', 'pipe', 'pipe'], timeout: 60_000 });
  let said = '';
  const shown = new Promise((resolve) => {
    for (const output of [command.stdout, command.stderr]) {
      output.setEncoding('utf8').on('data', (text) => {
        said += text;
        const found = said.match(SHOWN[how]);
        if (found) resolve(found);
      });
    }
  });
  const ended = once(command, 'close').then(([code]) => [code, said]);
  const early = ended.then(([, all]) => Promise.reject(new Error(all)));
  early.catch(() => {});
  const [, address, code] = await Promise.race([shown, early]);
  return { address, code, ended };
}
