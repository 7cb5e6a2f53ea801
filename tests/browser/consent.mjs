// Signing in: an application asks, a person consents or declines, and nothing else leads back to it.

import { administer, application, form, person, question } from './api.mjs';
import { everyShape } from './shapes.mjs';

const NAME = 'Tidy <img src=x onerror="alert(1)"><script>alert(2)</script>';
const STATE = '"><script>alert(3)</script><a href=\'';
const SCOPE = 'spark:people_read spark:rooms_read';

export async function consent({ page, url, check }) {
  const app = await application();
  const integration = {
    clientId: 'browser-journey',
    clientSecret: 'browser-journey-secret',
    name: NAME,
    redirectUris: [app.redirectUri],
    scopes: SCOPE.split(' '),
  };
  await administer(url, 'POST', '/integrations', integration);
  const ask = (changes = {}) =>
    question(url, { clientId: integration.clientId, redirectUri: app.redirectUri, scope: SCOPE, ...changes });
  try {
    await accepting({ page, url, check, app, integration, ask });
    await asking({ page, url, check, ask });
    await declining({ page, check, app, ask });
    await refusing({ page, check, app, ask });
  } finally {
    app.close();
  }
}

async function accepting({ page, url, check, app, integration, ask }) {
  const asked = ask({ state: STATE });
  await page.goto(asked.address);
  const heading = await page.locator('h1').textContent();
  check('the name of the application is text', heading.includes(NAME), heading);
  const foreign = await page.locator('img, script, a').count();
  check('neither name nor state became markup', foreign === 0, foreign);
  const scopes = await page.locator('li code').allTextContents();
  check('the scopes are told', SCOPE.split(' ').every((scope) => scopes.includes(scope)), scopes);

  await page.getByLabel('Bob Smith').check();
  await page.getByRole('button', { name: 'Accept' }).click();
  await page.waitForURL(`${app.redirectUri}?**`);
  const back = app.visits.at(-1);
  check('the state comes back as it was', back.state === STATE, back);
  const exchange = (changes = {}) => form(`${url}/v1/access_token`, {
    grant_type: 'authorization_code',
    client_id: integration.clientId,
    client_secret: integration.clientSecret,
    code: back.code,
    redirect_uri: app.redirectUri,
    code_verifier: asked.verifier,
    ...changes,
  });
  const tokens = await exchange();
  check('the code becomes tokens', tokens.status === 200 && tokens.body.access_token, tokens.status);
  const me = await person(url, tokens.body.access_token).me();
  check('the token is that of whoever consented', me.displayName === 'Bob Smith', me.displayName);
  const again = await exchange();
  check('the code works once', again.status === 400, again.status);
}

/** What is asked is said in words, and a form that another site sends is no answer. */
async function asking({ page, url, check, ask }) {
  const asked = ask();
  await page.goto(asked.address);
  const words = await page.locator('.grants').innerText();
  check('it is said in words what for', words.includes('See your spaces') && !words.includes('spark:'), words);
  check('the scopes are behind a disclosure', !(await page.locator('code').first().isVisible()));
  await page.getByText('Scopes').click();
  check('which opens', await page.locator('code').first().isVisible());
  const { host } = new URL(new URL(asked.address).searchParams.get('redirect_uri'));
  check('it is said where it goes back to', (await page.getByText('you go back to').innerText()).includes(host), host);
  await everyShape({ page, check }, 'the consent page');
  await page.goto(`${url}/v1/authorize?client_id=nobody`);
  await everyShape({ page, check }, 'a refusal');

  // Another origin on the same machine, with the same question: the browser has the cookie of the form.
  const foreign = await application();
  await page.goto(foreign.redirectUri);
  const [answer] = await Promise.all([
    page.waitForNavigation(),
    page.evaluate((address) => {
      const form = Object.assign(document.createElement('form'), { method: 'post', action: address });
      for (const [name, value] of [['person', 'somebody'], ['decision', 'accept']]) {
        form.append(Object.assign(document.createElement('input'), { name, value }));
      }
      document.body.append(form);
      form.submit();
    }, asked.address),
  ]);
  check('a form of another site is refused', answer.status() === 403, answer.status());
  foreign.close();
}

async function declining({ page, check, app, ask }) {
  const asked = ask();
  await page.goto(asked.address);
  await page.getByRole('button', { name: 'Decline' }).click();
  await page.waitForURL(`${app.redirectUri}?**`);
  const back = app.visits.at(-1);
  check('declining goes back without a code',
    back.error === 'access_denied' && back.state === asked.state && !back.code, back);
}

/** Where application or redirect URI are wrong, the person learns it and nobody else does. */
async function refusing({ page, check, app, ask }) {
  const visits = app.visits.length;
  for (const [what, changes, told] of [
    ['an unknown client id', { clientId: 'nobody' }, 'Client Id is invalid'],
    ['an unknown redirect URI', { redirectUri: `${app.redirectUri}/other` }, 'Redirect URI is invalid'],
    ['a script for a redirect URI', { redirectUri: 'javascript:alert(4)' }, 'Redirect URI is invalid'],
  ]) {
    const asked = ask(changes);
    const answer = await page.goto(asked.address);
    const text = await page.getByRole('alert').textContent();
    check(`${what} is told on a page of the sandbox`,
      answer.status() === 400 && text.includes(told) && page.url() === asked.address, text);
  }
  check('and the browser is sent nowhere', app.visits.length === visits, app.visits.slice(visits));
}
