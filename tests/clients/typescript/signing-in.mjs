// Signing in, as the OAuth clients of the official TypeScript SDKs do it.
//
// A person clicks through the pages by program. Each way in which a client may be known is gone
// whole: from the first 401 over discovery, consent and the sign-in at Webex to calls, a renewed
// token and its revocation. Then what must not work.
//
// One line per check on stdout; the exit code is 0 only if every check held.
//
// usage: node signing-in.mjs --house ORIGIN --webex ORIGIN

import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { Person } from '../../house/person.mjs';
import { SDKS } from './sdks.mjs';

const JOURNEY_TIMEOUT_MS = 60_000;
const SERVER = '/mcp/webex-messaging';
// Any port: a client takes one that is free. Nobody listens there, since a person stops before it.
const BACK = 'http://127.0.0.1:9/callback';
const DOCUMENT = 'https://agent.example.com/client.json';
const DAYS = 86_400;
// For one call: to sign in, and once more for other scopes.
const MAX_ROUNDS = 2;

export const facts = (result) => result.structuredContent ?? {};

/** A client, what it remembers, and the person before it. */
export class Agent {
  redirectUrl = BACK;
  asked = [];
  sent = [];
  store = {};

  constructor({ house, webex, sdk, server = SERVER, email = 'bob@example.com', secret = 'none', document }) {
    Object.assign(this, { house, webex, sdk, server, email });
    if (document) this.clientMetadataUrl = document;
    this.person = new Person([house, webex], email);
    this.clientMetadata = {
      client_name: 'TypeScript agent',
      redirect_uris: [BACK],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: secret,
    };
  }

  state() {
    this.store.state = randomUUID();
    return this.store.state;
  }

  clientInformation() {
    return this.store.client;
  }

  saveClientInformation(client) {
    this.store.client = client;
  }

  tokens() {
    return this.store.tokens;
  }

  saveTokens(tokens) {
    this.store.tokens = tokens;
  }

  redirectToAuthorization(address) {
    this.asked.push(address.href);
  }

  saveCodeVerifier(verifier) {
    this.store.verifier = verifier;
  }

  codeVerifier() {
    return this.store.verifier;
  }

  saveDiscoveryState(found) {
    this.store.found = found;
  }

  discoveryState() {
    return this.store.found;
  }

  /** The server said that something stored is worth nothing any more. */
  invalidateCredentials(what) {
    const named = { client: ['client'], tokens: ['tokens'], verifier: ['verifier'], discovery: ['found'] };
    for (const name of named[what] ?? Object.keys(this.store)) delete this.store[name];
  }

  /** What the person does with the address that the client opens; answers where the browser ends. */
  clicks = (address) => this.person.signIn(address);

  get question() {
    return Object.fromEntries(new URL(this.asked.at(-1)).searchParams);
  }

  paths(status) {
    return this.sent.filter((one) => status === undefined || one.status === status).map(({ path }) => path);
  }

  /** A form that the SDK has no function for. */
  async form(path, fields) {
    const answer = await fetch(this.house + path, { method: 'POST', body: new URLSearchParams(fields) });
    return { status: answer.status, body: await answer.json().catch(() => null) };
  }

  #transport() {
    const seen = async (address, init) => {
      const answer = await fetch(address, init);
      const path = new URL(address).pathname;
      this.sent.push({ path, status: answer.status, form: path === '/oauth/token' && Object.fromEntries(init.body) });
      return answer;
    };
    return this.sdk.transport({ url: this.house + this.server, options: { authProvider: this, fetch: seen } });
  }

  /** Goes to the person with what the client wants to be opened, and back to the client. */
  async #comeBack(transport) {
    this.back = await this.clicks(this.asked.at(-1));
    const answer = new URL(this.back.client).searchParams;
    // The state is the host's to compare.
    if (answer.get('state') !== this.store.state) throw new Error('the state is another one');
    if (answer.has('error')) throw new Error(answer.get('error'));
    await this.sdk.finish(transport, answer);
  }

  /** Connects, through the person where the client asks for that, does the work, and closes. */
  async connected(work, asked, modes) {
    for (let round = 0; ; round += 1) {
      const transport = this.#transport();
      const people = this.asked.length;
      let client;
      try {
        client = await this.sdk.connect(transport, asked, modes);
        return await work(client);
      } catch (error) {
        if (this.asked.length === people || round === MAX_ROUNDS) throw error;
        await this.#comeBack(transport);
      } finally {
        await client?.close();
      }
    }
  }
}

/** The address of the person as whom the client acts: the author of what it writes. */
async function me(client) {
  const sent = await client.call('webex-create-message', { toPersonEmail: 'alice@example.com', text: 'Hello' });
  const read = await client.call('webex-get-message', { messageId: facts(sent).id });
  return facts(read).messages?.[0]?.from;
}

function discovering(agent, check) {
  const [first, server, authority] = agent.sent;
  check('the first answer is a 401', first.status === 401, first);
  check('the 401 leads to the document about the server', server.path === `/.well-known/oauth-protected-resource${SERVER}`, server);
  check('that leads to the authorization server', authority.path === '/.well-known/oauth-authorization-server', authority);
  const { question } = agent;
  check('PKCE with S256', question.code_challenge_method === 'S256', question);
  check('the server is named as the resource', question.resource === agent.house + SERVER, question);
  check('the answer names its issuer', agent.back.answer.iss === agent.house, agent.back.answer);
  const granted = agent.store.tokens.scope.split(' ');
  check('there are scopes, and no administrator\'s', granted.includes('spark:kms') && !granted.some((one) => one.includes('admin')), granted);
  const { form } = agent.sent.find((one) => one.form);
  check('the code is exchanged for this server', form.resource === agent.house + SERVER, Object.keys(form));
}

/** The access token is old, by our word and then by Webex's clock. */
async function renewing(agent, check) {
  const before = agent.store.tokens;
  // As one that is too old, it is refused; these SDKs do not look at a clock.
  agent.store.tokens = { ...before, access_token: before.access_token.slice(1) };
  const author = await agent.connected(me);
  check('a refused access token is renewed', author === agent.email, author);
  const after = agent.store.tokens;
  check('by another one', after.access_token !== before.access_token);
  check('and the refresh token is another one too', after.refresh_token !== before.refresh_token);
  check('nobody had to sign in again', agent.asked.length === 1, agent.asked);
  const clock = await fetch(`${agent.webex}/_sandbox/clock`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ advanceSecs: 15 * DAYS }),
  });
  check("Webex's own token expires", clock.ok, clock.status);
  const still = await agent.connected(me);
  check('and is renewed without the client', still === agent.email && agent.store.tokens === after, still);
}

/** The client signs out; its next call has to sign in again. */
async function revoking(agent, check) {
  const { client, tokens } = agent.store;
  const fields = { client_id: client.client_id, token: tokens.access_token };
  if (client.client_secret) fields.client_secret = client.client_secret;
  const revoked = await agent.form('/oauth/revoke', fields);
  check('it can revoke its tokens', revoked.status === 200, revoked);
  const author = await agent.connected(me);
  check('then it signs in again', author === agent.email && agent.asked.length === 2, agent.asked);
}

async function whole(agent, check) {
  const author = await agent.connected(me);
  check('acts as whoever signed in', author === agent.email, author);
  discovering(agent, check);
  await renewing(agent, check);
  await revoking(agent, check);
}

async function registered(agent, check) {
  await whole(agent, check);
  const times = agent.paths(201).filter((path) => path === '/oauth/register').length;
  check('it registered once', times === 1, agent.paths());
  const { text } = await agent.person.open(agent.asked[0]);
  check('the page says that nobody vouches for its name', text.includes('not verified'), text);
}

async function described(agent, check) {
  await whole(agent, check);
  check('its document is its id', agent.store.client.client_id === DOCUMENT, agent.store.client);
  check('it did not register', !agent.paths().includes('/oauth/register'), agent.paths());
  const { text } = await agent.person.open(agent.asked[0]);
  check('the page names the host of the document', text.includes('agent.example.com'), text);
}

/** A client that the operator knows, whose person was told its id and secret. */
async function known(agent, check) {
  agent.store.client = {
    client_id: 'known-agent',
    client_secret: 'the-secret-that-the-operator-gave',
    redirect_uris: [BACK],
    token_endpoint_auth_method: 'client_secret_basic',
    issuer: agent.house,
  };
  await whole(agent, check);
  check('it did not register', !agent.paths().includes('/oauth/register'), agent.paths());
}

/** Connects in vain; answers what was said. */
const refused = (agent) => agent.connected(() => null).then(() => null, (error) => error.message);

async function wrong(agent, check) {
  const { person } = agent;
  const ways = {
    'on our page': async (address) => person.press(await person.open(address), 'decline'),
    'at Webex': async (address) => person.press(await person.press(await person.open(address), 'accept'), 'decline'),
  };
  for (const [where, clicks] of Object.entries(ways)) {
    agent.clicks = clicks;
    const told = await refused(agent);
    check(`who declines ${where} is not signed in`, told === 'access_denied' && !agent.store.tokens, told);
  }
  agent.clicks = async (address) => {
    await person.open(address);
    throw new Error('closed');
  };
  const told = await refused(agent);
  check('a page that is closed leaves nothing', told === 'closed' && !agent.store.tokens, told);

  agent.clicks = (address) => person.signIn(address);
  const author = await agent.connected(me);
  check('in the end the same client signs in', author === agent.email, author);
  const { form } = agent.sent.find((one) => one.form);
  const again = await agent.form('/oauth/token', form);
  check('its code works once', again.status === 400 && again.body.error === 'invalid_grant', again);
  const people = agent.asked.length;
  await agent.connected(me);
  check('and what it gave is taken back', agent.asked.length === people + 1, agent.asked.length - people);
  const elsewhere = new URL(agent.asked.at(-1));
  elsewhere.searchParams.set('redirect_uri', `${BACK}/`);
  const page = await person.open(elsewhere.href);
  check('another redirect is refused on our page', !page.client && page.status === 400, page.status);
}

/** Rejects when the time is up, and leaves no timer behind. */
async function within(milliseconds, work) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not finished after ${milliseconds} ms`)), milliseconds);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Walks each journey with each SDK but the one that it is not for; ends the process. */
export async function walk(what, journeys) {
  const { values } = parseArgs({ options: { house: { type: 'string' }, webex: { type: 'string' } } });
  if (!values.house || !values.webex) throw new Error('usage: node FILE --house ORIGIN --webex ORIGIN');
  const count = { passed: 0, failed: 0 };
  // They warn of each token that is refused, and these journeys see to it that some are.
  console.warn = () => {};
  for (const { name: sdkName, sdk } of SDKS) {
    for (const [name, [journey, { except, ...settings }]] of Object.entries(journeys)) {
      if (sdkName === except) continue;
      const check = (told, held, detail) => {
        count[held ? 'passed' : 'failed'] += 1;
        const line = `typescript ${sdkName} ${name}: ${told}`;
        console.log(held ? `ok      ${line}` : `NOT OK  ${line}: ${JSON.stringify(detail)}`);
      };
      try {
        await within(JOURNEY_TIMEOUT_MS, journey(new Agent({ ...values, sdk, ...settings }), check));
      } catch (error) {
        // A journey that breaks off is a failed check; the others still run.
        check('goes to its end', false, String(error));
      }
    }
  }
  console.log(`typescript: ${count.passed} checks of ${what} held, ${count.failed} did not`);
  process.exit(count.failed === 0 ? 0 : 1);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await walk('signing in', {
    'registers itself': [registered, {}],
    'has a document': [described, { document: DOCUMENT }],
    'is known to the operator': [known, { secret: 'client_secret_basic' }],
    'what must not work': [wrong, {}],
  });
}
