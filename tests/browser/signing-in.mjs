// Signing in at a server of an organization: a client asks, a person agrees on our page, signs in on
// Webex's, and goes back to the client. Whatever is wrong stays on our page.

import { application, form, question } from './api.mjs';
import { everyShape } from './shapes.mjs';

const SERVER = '/mcp/webex-messaging';
const WHOLE = '/mcp/webex';
const NAME = 'Tidy <img src=x onerror="alert(1)"><script>alert(2)</script>';
const STATE = '"><script>alert(3)</script><a href=\'';
// As long as a name may be, without a place to break it, and turned around by what it contains.
const AWFUL = `\u202e${'W'.repeat(60)} \u0645\u0631\u062d\u0628\u0627 ${'i'.repeat(30)}`;

/** A client that registers itself, and the address at which it asks for consent. */
export async function client(url, app, name) {
  const answer = await fetch(`${url}/oauth/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ client_name: name, redirect_uris: ['http://127.0.0.1/callback'] }),
  });
  const { client_id: clientId } = await answer.json();
  const ask = ({ server = SERVER, ...changes } = {}) => {
    const asked = question(url, { clientId, redirectUri: app.redirectUri, scope: '', ...changes });
    const address = new URL(asked.address.replace('/v1/authorize', '/oauth/authorize'));
    address.searchParams.set('resource', url + server);
    return { ...asked, address: address.href };
  };
  const exchange = (asked, code) => form(`${url}/oauth/token`, {
    grant_type: 'authorization_code',
    client_id: clientId,
    code,
    redirect_uri: app.redirectUri,
    code_verifier: asked.verifier,
  });
  return { ask, exchange };
}

/** From our page to the client, as this person; the way of each page that begins with a sign-in. */
export async function signIn(page, address, name) {
  await page.goto(address);
  await page.getByRole('button', { name: 'Accept' }).click();
  await page.getByLabel(name).check();
  await page.getByRole('button', { name: 'Accept' }).click();
}

export async function signingIn({ page, url, check }) {
  const app = await application();
  try {
    const asking = await client(url, app, NAME);
    await reading({ page, check, app, ...asking });
    await accepting({ page, url, check, app, ...asking });
    await declining({ page, check, app, ...asking });
    await refusing({ page, url, check, app, ...asking });
    await several({ page, check, app, ...asking });
    const awful = await client(url, app, AWFUL);
    await page.goto(awful.ask().address);
    await everyShape({ page, check }, 'consent for an awful name');
    await everything({ page, url, check, ...asking });
  } finally {
    app.close();
  }
}

/** What the page says, to eyes and to a keyboard. */
async function reading({ page, check, app, ask }) {
  const answer = await page.goto(ask({ state: STATE }).address);
  const heading = await page.locator('h1').textContent();
  check('the name of the client is text', heading.includes(NAME), heading);
  const foreign = await page.locator('img, script, a').count();
  check('neither name nor state became markup', foreign === 0, foreign);
  const policy = answer.headers()['content-security-policy'] ?? '';
  check('nobody may frame the page', policy.includes("frame-ancestors 'none'"), policy);
  const words = await page.locator('.grants').innerText();
  check('it is said in words what for', words.includes('spaces') && !words.includes('spark:'), words);
  check('the scopes are behind a disclosure', !(await page.locator('code').first().isVisible()));
  const help = await page.locator('.help').innerText();
  check('it is said where it goes back to', help.includes('a program on this computer'), help);
  await everyShape({ page, check }, 'our consent page');

  const stops = [];
  for (let stop = 0; stop < 8 && stops.at(-1) !== 'Decline'; stop += 1) {
    await page.keyboard.press('Tab');
    stops.push(await page.evaluate(() => document.activeElement.ariaLabel ?? document.activeElement.innerText.trim()));
    if (stops.at(-1) === 'Scopes') await page.keyboard.press('Enter');
  }
  check('the keyboard opens the scopes', await page.locator('code').first().isVisible());
  check('and reaches both answers', stops.includes('Accept') && stops.at(-1) === 'Decline', stops);
  await everyShape({ page, check }, 'our consent page with its scopes');
  check('nobody is told before there is an answer', app.visits.length === 0, app.visits);
}

async function accepting({ page, url, check, app, ask, exchange }) {
  const asked = ask({ state: STATE });
  await page.goto(asked.address);
  await page.getByRole('button', { name: 'Accept' }).focus();
  await page.keyboard.press('Enter');
  await page.getByText('Who are you?').waitFor();
  check('agreeing leads to Webex', new URL(page.url()).pathname === '/v1/authorize', page.url());
  await page.getByLabel('Bob Smith').check();
  await page.getByRole('button', { name: 'Accept' }).click();
  await page.waitForURL(`${app.redirectUri}?**`);
  const back = app.visits.at(-1);
  check('the client gets a code, its state and the issuer',
    Boolean(back.code) && back.state === STATE && back.iss === url, Object.keys(back));
  const tokens = await exchange(asked, back.code);
  check('the code becomes tokens', tokens.status === 200, tokens.status);
  const listed = await tools(url, tokens.body.access_token);
  check('which the server takes', listed.status === 200, listed.status);

  // The history has our page once more; what it carries was not used up by looking at it.
  await page.goBack();
  await page.goBack();
  check('back leads to our page again', new URL(page.url()).pathname === '/oauth/authorize', page.url());
}

/** Lists the tools of the server with a token. */
export const tools = (url, token) => mcp(url + SERVER, token, 'tools/list');

/** A request of MCP, from a client with these capabilities. */
export function mcp(server, token, method, params = {}, capabilities = {}) {
  const meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientCapabilities': capabilities,
  };
  const headers = {
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
    'mcp-protocol-version': '2026-07-28',
    'mcp-method': method,
  };
  if (params.name) headers['mcp-name'] = params.name;
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: { ...params, _meta: meta } });
  return fetch(server, { method: 'POST', headers, body });
}

async function declining({ page, check, app, ask }) {
  const asked = ask();
  await page.goto(asked.address);
  await page.getByRole('button', { name: 'Decline' }).click();
  await page.waitForURL(`${app.redirectUri}?**`);
  const back = app.visits.at(-1);
  check('declining goes back without a code',
    back.error === 'access_denied' && back.state === asked.state && !back.code, back);

  const again = ask();
  await page.goto(again.address);
  await page.getByRole('button', { name: 'Accept' }).click();
  await page.getByRole('button', { name: 'Decline' }).click();
  await page.waitForURL(`${app.redirectUri}?**`);
  const refused = app.visits.at(-1);
  check('so does declining at Webex',
    refused.error === 'access_denied' && refused.state === again.state && !refused.code, refused);
}

/** Where client or address are wrong, the person learns it and nobody else does. */
async function refusing({ page, url, check, app, ask }) {
  const visits = app.visits.length;
  for (const [what, changes, told] of [
    ['an unknown client', { clientId: 'client-nobody' }, 'not registered'],
    ['an unknown redirect address', { redirectUri: `${app.redirectUri}/other` }, 'redirect_uri'],
    ['a script for a redirect address', { redirectUri: 'javascript:alert(4)' }, 'redirect_uri'],
  ]) {
    const asked = ask(changes);
    const answer = await page.goto(asked.address);
    const text = await page.getByRole('alert').textContent();
    check(`${what} is told on our page`, answer.status() === 400 && text.includes(told) && page.url() === asked.address, [answer.status(), text]);
  }
  await everyShape({ page, check }, 'our page for a wrong address');

  // Another origin with the same form: the browser has the cookie, and does not send it from there.
  await page.goto(ask().address);
  const request = await page.locator('input[name="request"]').inputValue();
  const foreign = await application();
  await page.goto(foreign.redirectUri.replace('127.0.0.1', 'localhost'));
  const [answer] = await Promise.all([
    page.waitForNavigation(),
    page.evaluate(([action, carried]) => {
      const form = Object.assign(document.createElement('form'), { method: 'post', action });
      for (const [name, value] of [['request', carried], ['decision', 'accept']]) {
        form.append(Object.assign(document.createElement('input'), { name, value }));
      }
      document.body.append(form);
      form.submit();
    }, [`${url}/oauth/consent`, request]),
  ]);
  check('a form of another site is refused', answer.status() >= 400, answer.status());
  foreign.close();

  const late = await page.goto(`${url}/oauth/callback?code=x&state=y`);
  check('an answer that nobody waits for is refused', late.status() === 400, late.status());
  await page.goto(ask().address);
  await page.context().clearCookies();
  await page.getByRole('button', { name: 'Accept' }).click();
  const alert = await page.getByRole('alert').textContent();
  check('a lost cookie is told', alert.includes('allow cookies'), alert);
  check('and the browser is sent nowhere', app.visits.length === visits, app.visits.slice(visits));
}

/** The longest page: a client that asks for all there is, administrators' scopes too. */
async function everything({ page, url, check, ask }) {
  const { scopes_supported: usual } = await (await fetch(`${url}/.well-known/oauth-protected-resource${WHOLE}`)).json();
  const admins = ['spark-admin:people_read', 'spark-admin:people_write', 'spark-compliance:events_read'];
  check("no administrator's scope is offered to everybody", admins.every((scope) => !usual.includes(scope)), usual);
  await page.goto(ask({ server: WHOLE, scope: [...usual, ...admins].join(' ') }).address);
  const words = await page.locator('.grants li').allTextContents();
  const ofRoles = words.map((line) => /administrators|compliance officers/.test(line));
  check("those of roles come first and say so", ofRoles.filter(Boolean).length === 2 && ofRoles[0] && ofRoles[1], words);
  const accept = page.getByRole('button', { name: 'Accept' });
  for (const [what, viewport] of Object.entries({ 'a phone': { width: 390, height: 844 }, 'a screen': { width: 1280, height: 900 } })) {
    await page.setViewportSize(viewport);
    const box = await accept.boundingBox();
    check(`the answers are on the first page of ${what}`, box.y + box.height <= viewport.height, box);
  }
  await page.getByText('Scopes', { exact: true }).click();
  await everyShape({ page, check }, 'consent for everything');
}

/** Two programs ask at once, as after a start of an editor with two servers. */
async function several({ page, check, app, ask, exchange }) {
  const second = await page.context().newPage();
  const questions = [ask(), ask()];
  await page.goto(questions[0].address);
  await second.goto(questions[1].address);
  for (const [tab, name] of [[page, 'Carol Diaz'], [second, 'Bob Smith']]) {
    await tab.getByRole('button', { name: 'Accept' }).click();
    await tab.getByLabel(name).check();
  }
  const got = [];
  for (const [tab, asked] of [[page, questions[0]], [second, questions[1]]]) {
    await tab.getByRole('button', { name: 'Accept' }).click();
    await tab.waitForURL(`${app.redirectUri}?**`);
    const back = app.visits.at(-1);
    got.push(back.state === asked.state && (await exchange(asked, back.code)).status);
  }
  check('two sign-ins at once do not disturb each other', got.every((status) => status === 200), got);
  await second.close();
}
