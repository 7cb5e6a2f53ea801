// The scenarios of the official conformance suite for authorization servers, run on a house, with a
// person who clicks. They are run for a client that registers itself and for one with a document.
//
// usage: node authorization.mjs --suite FILE --house ORIGIN --webex ORIGIN --results FOLDER

import { spawn } from 'node:child_process';
import { readFileSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';

import { Person } from './person.mjs';

const TIMEOUT_MS = 60_000;
const CHECKS = ['authorization-server-metadata', 'authorization-server-metadata-cimd', 'authorization-code-grant'];

const text = { type: 'string' };
const { values } = parseArgs({ options: { suite: text, house: text, webex: text, results: text } });
const { suite, house, webex, results } = values;

const freePort = () => new Promise((resolve) => {
  const server = createServer().listen(0, '127.0.0.1', () => {
    const { port } = server.address();
    server.close(() => resolve(port));
  });
});

/** Registers a client; answers its id. */
async function registered(port) {
  const answer = await fetch(`${house}/oauth/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ client_name: 'The suite', redirect_uris: [`http://127.0.0.1:${port}/callback`] }),
  });
  return (await answer.json()).client_id;
}

/** Runs the suite, and clicks where it asks a person to; answers its checks, by their ids. */
async function checks(clientId, port, folder) {
  rmSync(folder, { recursive: true, force: true });
  const words = ['authorization', '--url', house, '--client-id', clientId, '--port', port, '-o', folder,
    '--resource', `${house}/mcp/webex-messaging`];
  const running = spawn(process.execPath, [suite, ...words], { stdio: ['ignore', 'pipe', 'inherit'], timeout: TIMEOUT_MS });
  const ended = new Promise((resolve) => running.on('close', resolve));
  for await (const line of createInterface({ input: running.stdout })) {
    if (!line.startsWith(`${house}/oauth/authorize?`)) continue;
    const { client } = await new Person([house, webex], 'bob@example.com').signIn(line.trim());
    await fetch(client);
  }
  await ended;
  const runs = readdirSync(folder).map((run) => JSON.parse(readFileSync(join(folder, run, 'checks.json'))));
  return new Map(runs.flat().map((check) => [check.id, check]));
}

let failed = 0;
const port = await freePort();
const clients = { registered: await registered(port), described: 'https://agent.example.com/client.json' };
for (const [name, clientId] of Object.entries(clients)) {
  const found = await checks(clientId, port, join(results, `authorization-${name}`));
  for (const id of CHECKS) {
    const { status = 'missing', errorMessage = '' } = found.get(id) ?? {};
    if (status !== 'SUCCESS') failed += 1;
    const line = `${name} client: ${id}`;
    if (status === 'SUCCESS') console.log(`ok      ${line}`);
    else console.error(`FAILED  ${line}: ${status} ${errorMessage}`);
  }
}
process.exit(failed > 0 ? 1 : 0);
