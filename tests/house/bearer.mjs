// A door beside a house for programs that know no sign-in: it signs one person in, and puts that
// person's access token into every request that it passes on.
//
// usage: node bearer.mjs --house ORIGIN --webex ORIGIN      prints its own origin

import { createHash, randomBytes } from 'node:crypto';
import { createServer, request as send } from 'node:http';
import { parseArgs } from 'node:util';

import { Person } from './person.mjs';

const BACK = 'http://127.0.0.1:9/callback';
const text = { type: 'string' };
const { house, webex } = parseArgs({ options: { house: text, webex: text } }).values;

async function token(resource) {
  const verifier = randomBytes(32).toString('base64url');
  const client = { client_id: 'https://agent.example.com/client.json', redirect_uri: BACK, resource };
  const question = {
    ...client,
    response_type: 'code',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  };
  const person = new Person([house, webex], 'alice@example.com');
  const { answer } = await person.signIn(`${house}/oauth/authorize?${new URLSearchParams(question)}`);
  const exchange = { ...client, grant_type: 'authorization_code', code: answer.code, code_verifier: verifier };
  const given = await fetch(`${house}/oauth/token`, { method: 'POST', body: new URLSearchParams(exchange) });
  if (!given.ok) throw new Error(`the house answers ${given.status}: ${await given.text()}`);
  return (await given.json()).access_token;
}

const bearer = `Bearer ${await token(`${house}/mcp/webex-messaging`)}`;
const { hostname, port } = new URL(house);
const door = createServer((request, response) => {
  const { method, url: path } = request;
  const headers = { ...request.headers, authorization: bearer };
  // What is said of a host is passed on, so that the house can refuse a foreign one.
  if (headers.host === `127.0.0.1:${door.address().port}`) headers.host = `127.0.0.1:${port}`;
  const passed = send({ hostname, port, method, path, headers }, (answer) => {
    response.writeHead(answer.statusCode, answer.headers);
    answer.pipe(response);
  });
  passed.on('error', () => response.destroy());
  response.on('close', () => passed.destroy());
  request.pipe(passed);
});
door.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${door.address().port}`));
