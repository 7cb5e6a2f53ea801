// The sandbox without a browser: its API as one of its people, its administration, and an application.

import { createHash, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';

/** A request that has to succeed; JSON both ways. */
async function ask(method, address, headers, body) {
  const answer = await fetch(address, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    body: body && JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${method} ${new URL(address).pathname} answered ${answer.status}`);
  return answer.status === 204 ? null : answer.json();
}

/** The API as somebody with this token. */
export function person(url, token) {
  const call = (method, path, body) =>
    ask(method, `${url}/v1${path}`, { authorization: `Bearer ${token}` }, body);
  return {
    call,
    me: () => call('GET', '/people/me'),
    room: async (title) => {
      const { items } = await call('GET', '/rooms?max=1000');
      return items.find((room) => room.title === title).id;
    },
  };
}

export const administer = (url, method, path, body) => ask(method, `${url}/_sandbox${path}`, {}, body);

/** A form, sent as an application does; answers status and JSON. */
export async function form(address, fields, { clientId, clientSecret } = {}) {
  const headers = {};
  if (clientSecret) headers.authorization = `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`;
  const answer = await fetch(address, { method: 'POST', headers, body: new URLSearchParams(fields) });
  return { status: answer.status, body: await answer.json() };
}

const random = () => randomBytes(32).toString('base64url');

/** The question to a person, with PKCE, as the client crate asks it. */
export function question(url, { clientId, redirectUri, scope, state = random() }) {
  const verifier = random();
  const challenge = createHash('sha256').update(verifier).digest('base64url');
  const fields = {
    response_type: 'code',
    client_id: clientId,
    redirect_uri: redirectUri,
    scope,
    state,
    code_challenge: challenge,
    code_challenge_method: 'S256',
  };
  const query = new URLSearchParams(fields).toString().replaceAll('+', '%20');
  return { address: `${url}/v1/authorize?${query}`, state, verifier };
}

/** An application's own little server, to which browsers are sent back. */
export async function application() {
  const visits = [];
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url, 'http://127.0.0.1');
    if (pathname === '/callback') visits.push(Object.fromEntries(searchParams));
    response.writeHead(pathname === '/callback' ? 200 : 204, { 'content-type': 'text/html' });
    response.end(pathname === '/callback' ? '<!doctype html><title>back</title><p>You can close this page.' : undefined);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    redirectUri: `http://127.0.0.1:${server.address().port}/callback`,
    visits,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
