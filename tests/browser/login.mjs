// `webex-mcp login`: the terminal shows an address, the browser signs in there and comes back to a page
// of the terminal's.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { administer } from './api.mjs';
import { everyShape } from './shapes.mjs';

const INTEGRATION = { clientId: 'browser-login', clientSecret: 'browser-login-secret', name: 'My own' };
const SCOPES = 'spark:people_read spark:kms spark:rooms_read spark:messages_read';

export async function login({ page, url, binary, check }) {
  const data = mkdtempSync(join(tmpdir(), 'webex-mcp-login-'));
  const callback = `http://localhost:${await freePort()}/back`;
  await administer(url, 'POST', '/integrations', { ...INTEGRATION, redirectUris: [callback], scopes: SCOPES.split(' ') });
  const begin = () => terminal(binary, ['login', '--no-browser', '--keep-in', 'file', '--scopes', SCOPES], {
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

/** Starts the command; answers the address that it shows, and a promise of how it ends. */
async function terminal(binary, words, settings) {
  const command = spawn(binary, words, { env: settings, stdio: ['ignore', 'pipe', 'pipe'], timeout: 60_000 });
  let said = '';
  const shown = new Promise((resolve) => {
    for (const output of [command.stdout, command.stderr]) {
      output.setEncoding('utf8').on('data', (text) => {
        said += text;
        const address = said.match(/http\S+\/authorize\?\S+(?=\s)/);
        if (address) resolve(address[0]);
      });
    }
  });
  const ended = once(command, 'close').then(([code]) => [code, said]);
  const address = await Promise.race([shown, ended.then(([, all]) => Promise.reject(new Error(all)))]);
  return { address, ended };
}
