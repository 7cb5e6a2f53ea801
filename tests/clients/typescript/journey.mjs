// A day with the server, as the official TypeScript SDKs see it.
//
// Runs one journey for each pair of SDK and door (HTTP and stdio): list, read, write, search, delete
// with and without a person's consent. The server runs on its sandbox, so every journey writes, and
// cleans up after itself. The SDKs check each answer against the tool's output schema.
//
// One line per check on stdout; the exit code is 0 only if every check held.
//
// usage: node journey.mjs --url ENDPOINT --binary PATH

import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual, parseArgs } from 'node:util';

import { SDKS } from './sdks.mjs';

const JOURNEY_TIMEOUT_MS = 60_000;
// It has more messages than one page of Webex's, so that a search has progress to tell.
const SPACE = 'Daily Standup';
// Two spaces begin with this; one of them is meant.
const AMBIGUOUS = 'Design';
const MEANT = 'Design System';
const TOOLS = JSON.parse(readFileSync(new URL('../tools.json', import.meta.url), 'utf8'));

const ACCEPT = { action: 'accept', content: { confirm: true } };
const ANSWERS_THAT_ARE_NO_YES = {
  declined: { action: 'decline' },
  cancelled: { action: 'cancel' },
  'not ticked': { action: 'accept', content: { confirm: false } },
};

const facts = (result) => result.structuredContent ?? {};

/** An error of ours has its code, a sentence and an advice. */
const failedAs = (result, code) => {
  const { code: given, message, advice } = facts(result);
  return result.isError === true && given === code && Boolean(message) && Boolean(advice);
};

const readable = async (client, messageId) => !(await client.call('webex-get-message', { messageId })).isError;

const post = async (client, text) =>
  facts(await client.call('webex-create-message', { roomId: SPACE, text })).id;

async function tools(client, version, check) {
  check(`speaks ${version}`, client.version === version, client.version);
  const listed = await client.listTools();
  const names = listed.map((tool) => tool.name);
  check('lists exactly the 24 published tools', isDeepStrictEqual(names, TOOLS), names);
  const bare = listed.filter((tool) => !(tool.description && tool.outputSchema && tool.annotations));
  check('every tool has a description, an output schema and annotations', bare.length === 0, bare);
}

async function reading(client, check) {
  const { spaces = [] } = facts(await client.call('webex-get-space', { roomId: SPACE }));
  check('reads a space by its name', spaces.length === 1 && spaces[0].title === SPACE, spaces);

  const first = facts(await client.call('webex-get-message', { roomId: SPACE, max: 3 }));
  check('lists three messages and a cursor', first.messages?.length === 3 && first.page?.cursor, first);
  const { cursor } = first.page;
  const second = facts(await client.call('webex-get-message', { roomId: SPACE, max: 3, cursor }));
  const seen = new Set(first.messages.map(({ id }) => id));
  const others = second.messages?.filter(({ id }) => !seen.has(id));
  check('the cursor leads to three others', others?.length === 3, second);
}

/** Posts a message and a reply to it; answers the id of the message and the word that is in both. */
async function writing(client, check) {
  const word = `journey${randomUUID().slice(0, 8)}`;
  const markdown = `Good morning <@personEmail:alice@example.com|Alice>, this is *${word}*`;
  const sent = await client.call('webex-create-message', { roomId: SPACE, markdown });
  const parentId = facts(sent).id;
  check('posts a message', !sent.isError && Boolean(parentId), facts(sent));

  const read = facts(await client.call('webex-get-message', { messageId: parentId }));
  check('reads it back', read.messages?.[0]?.text?.includes(word), read);
  const mentions = facts(
    await client.call('webex-get-message', { roomId: SPACE, mentionedPeople: 'me', max: 5 }),
  );
  check('the mention works', mentions.messages?.some(({ id }) => id === parentId), mentions);

  const text = `An answer to ${word}`;
  const reply = facts(await client.call('webex-create-thread-reply', { roomId: SPACE, parentId, text }));
  const thread = facts(await client.call('webex-get-thread', { roomId: SPACE, parentId }));
  const ids = thread.messages?.map(({ id }) => id);
  check('the reply stands in the thread, after its parent', isDeepStrictEqual(ids, [parentId, reply.id]), thread);
  return { parentId, word };
}

async function searching(client, word, door, check) {
  const steps = [];
  const found = facts(
    await client.call('webex-search-messages', { roomId: SPACE, query: word }, ({ progress }) => steps.push(progress)),
  );
  check('finds both by a word in them', found.messages?.length === 2, found);
  const grows = steps.every((step, at) => at === 0 || step > steps[at - 1]);
  // Over stdio both SDKs drop notes that arrive in one piece with the answer, as a quick search's do.
  const heard = steps.length > 0 || !door.url;
  check('tells its progress, always growing', heard && grows, steps);
}

/** Sends a file and fetches it again; answers the id of the message that carries it. */
async function files(client, check) {
  const content = Buffer.from('Grüße aus dem Test\n'.repeat(20)).toString('base64');
  const file = { fileName: 'journey.txt', contentType: 'text/plain', content };
  const { id: messageId } = facts(await client.call('webex-upload-file', { roomId: SPACE, ...file }));
  const read = facts(await client.call('webex-get-message', { messageId }));
  const fileUrl = read.messages?.[0]?.files?.[0];
  const details = facts(await client.call('webex-get-file-details', { fileUrl }));
  check('an uploaded file has its name', JSON.stringify(details).includes('journey.txt'), details);
  const shown = facts(await client.call('webex-download-file', { fileUrl }));
  check('a text comes as text', shown.text === Buffer.from(content, 'base64').toString(), shown);
  const got = facts(await client.call('webex-download-file', { fileUrl, as: 'base64' }));
  check('and comes back byte for byte', got.base64 === content, got);
  return messageId;
}

/** Reads without a tool: resources, the completion of their names, and prompts. */
async function browsing(client, check) {
  const listed = await client.resources();
  check('lists spaces as resources', listed.some(({ name, title }) => (title ?? name).includes(SPACE)), listed[0]);
  const templates = await client.templates();
  const uri = templates.map(({ uriTemplate }) => uriTemplate).find((one) => one.endsWith('/messages'));
  check('lists the templates', Boolean(uri), templates);
  const name = uri.match(/\{(.+)\}/)[1];
  const completed = await client.complete({ type: 'ref/resource', uri }, { name, value: SPACE.slice(0, 5) });
  check("completes a space's name", completed.includes(SPACE), completed);
  const read = await client.read('webex://spaces/Daily%20Standup/messages');
  check("reads a space's messages as text", Boolean(read.contents[0]?.text), read);
  const missing = await client.read('webex://spaces/No%20Such%20Space/messages').catch((error) => error);
  check('an unknown resource is an error', missing instanceof Error, missing);

  const prompts = (await client.prompts()).map((prompt) => prompt.name);
  check('lists prompts', prompts.includes('webex-weekly-status'), prompts);
  const told = await client.prompt('webex-weekly-status', { roomId: SPACE });
  check('a prompt brings its facts', JSON.stringify(told.messages).includes(SPACE), told);
}

/** A resource that was subscribed to in a session: the webhook comes in, and the stream tells the client. */
async function hearing(client, check) {
  const uri = 'webex://spaces/Daily%20Standup/messages';
  const webhook = { name: 'Journey', targetUrl: 'self', resource: 'messages', event: 'created' };
  const { id: webhookId } = facts(await client.call('webex-create-webhook', webhook));
  let tell;
  const told = new Promise((resolve) => {
    tell = resolve;
  });
  await client.subscribe(uri, tell);
  const messageId = await post(client, 'Who hears this?');
  const heard = await told;
  check('its stream is told of a new message', heard === uri, heard);
  for (const [tool, args] of [
    ['webex-delete-message', { messageId }],
    ['webex-delete-webhook', { webhookId }],
  ]) {
    const deleted = await client.call(tool, args);
    check(`${tool} tidies up`, !deleted.isError, facts(deleted));
  }
}

async function errors(client, check) {
  const unknown = await client.call('webex-get-space', { roomid: SPACE });
  const named = facts(unknown).message?.includes('roomid');
  check('an unknown argument is refused by its name', failedAs(unknown, 'invalid_arguments') && named, unknown);
  const nowhere = await client.call('webex-get-space', { roomId: 'No Such Space Anywhere' });
  check('an unknown space is not_found, with advice', failedAs(nowhere, 'not_found'), nowhere);
  const long = await client.call('webex-create-message', { roomId: SPACE, text: 'ü'.repeat(3720) });
  const told = facts(long).message?.includes('7440');
  check('7,440 bytes are one too many', failedAs(long, 'invalid_arguments') && told, long);
}

async function choosing(client, check) {
  const { spaces = [] } = facts(await client.call('webex-get-space', { roomId: AMBIGUOUS }));
  const chosen = spaces.length === 1 && spaces[0].title === MEANT;
  check('a person chooses between spaces of like names', chosen, spaces);
}

/** A person is asked before a message goes, and only a clear yes makes it go. */
async function consent(client, person, messageId, check) {
  for (const [name, answer] of Object.entries(ANSWERS_THAT_ARE_NO_YES)) {
    person.answer = answer;
    person.questions.length = 0;
    const result = await client.call('webex-delete-message', { messageId });
    check(`deletion ${name}: the person was asked once`, person.questions.length === 1, person.questions);
    check(`deletion ${name}: the answer says so`, failedAs(result, 'declined'), facts(result));
    check(`deletion ${name}: the message is still there`, await readable(client, messageId));
  }
  person.answer = ACCEPT;
  const result = await client.call('webex-delete-message', { messageId });
  check('deletion accepted', !result.isError, facts(result));
  const gone = await client.call('webex-get-message', { messageId });
  check('the message is gone', failedAs(gone, 'not_found'), facts(gone));
}

/** Who cannot be asked gets candidates to choose from, and a token that confirms one call, once. */
async function unattended(client, check) {
  const several = await client.call('webex-get-space', { roomId: AMBIGUOUS });
  const named = facts(several).candidates?.some(({ name }) => name === MEANT);
  check('an ambiguous name is answered with candidates', failedAs(several, 'ambiguous') && named, several);

  const messageId = await post(client, 'to be deleted by token');
  const other = await post(client, 'to stay for now');
  const asked = await client.call('webex-delete-message', { messageId });
  const { confirmationToken } = facts(asked);
  const required = failedAs(asked, 'confirmation_required') && Boolean(confirmationToken);
  check('without a form, a token is asked for', required, asked);
  check('and nothing was deleted', await readable(client, messageId));

  const moved = await client.call('webex-delete-message', { messageId: other, confirmationToken });
  check('the token is good for no other message', failedAs(moved, 'invalid_arguments'), facts(moved));
  check('which is still there', await readable(client, other));

  const done = await client.call('webex-delete-message', { messageId, confirmationToken });
  check('the token confirms its own', !done.isError && !(await readable(client, messageId)), facts(done));
  const again = await client.call('webex-delete-message', { messageId, confirmationToken });
  check('but not twice', failedAs(again, 'invalid_arguments'), facts(again));

  const { confirmationToken: own } = facts(await client.call('webex-delete-message', { messageId: other }));
  const last = await client.call('webex-delete-message', { messageId: other, confirmationToken: own });
  check('a token of its own deletes the other', !last.isError, facts(last));
}

/** Connects, does the work, and closes whatever happened. */
async function connected({ sdk }, door, asked, work) {
  const client = await sdk.connect(sdk.transport(door), asked);
  try {
    await client.listTools();
    await work(client);
  } finally {
    await client.close();
  }
}

async function journey(way, door, check) {
  const person = { answer: ACCEPT, questions: [] };
  const asked = (question) => {
    person.questions.push(question);
    const { choice } = question.requestedSchema.properties;
    if (!choice) return person.answer;
    const meant = choice.oneOf.find(({ title }) => title.includes(MEANT));
    return { action: 'accept', content: { choice: meant.const } };
  };
  await connected(way, door, asked, async (client) => {
    await tools(client, way.version, check);
    await reading(client, check);
    const { parentId, word } = await writing(client, check);
    await searching(client, word, door, check);
    const upload = await files(client, check);
    await browsing(client, check);
    if (door.url && way.version !== '2026-07-28') await hearing(client, check);
    await errors(client, check);
    await choosing(client, check);
    const deleted = await client.call('webex-delete-message', { messageId: upload });
    check('deletes the upload', !deleted.isError, facts(deleted));
    await consent(client, person, parentId, check);
  });
  await connected(way, door, undefined, (client) => unattended(client, check));
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

async function main() {
  const { values } = parseArgs({ options: { url: { type: 'string' }, binary: { type: 'string' } } });
  if (!values.url || !values.binary) throw new Error('usage: node journey.mjs --url ENDPOINT --binary PATH');
  const data = mkdtempSync(join(tmpdir(), 'webex-mcp-journey-'));
  const env = { WEBEX_MCP_DATA_DIR: data, WEBEX_MCP_LOG_LEVEL: 'error' };
  const doors = {
    http: { url: values.url },
    stdio: { stdio: { command: values.binary, args: ['stdio', '--sandbox'], env } },
  };
  const count = { passed: 0, failed: 0 };
  for (const way of SDKS) {
    for (const [kind, door] of Object.entries(doors)) {
      const check = (what, held, detail) => {
        count[held ? 'passed' : 'failed'] += 1;
        const line = `typescript ${way.name} ${kind}: ${what}`;
        console.log(held ? `ok      ${line}` : `NOT OK  ${line}: ${JSON.stringify(detail)}`);
      };
      // The SDKs' validator warns of formats that it does not know, once for each answer it checks.
      const warnings = new Set();
      console.warn = (...words) => warnings.add(words.join(' '));
      try {
        await within(JOURNEY_TIMEOUT_MS, journey(way, door, check));
      } catch (error) {
        // A journey that breaks off is a failed check; the others still run.
        check('goes to its end', false, String(error));
      }
      check('the SDK has nothing to warn of', warnings.size === 0, [...warnings]);
    }
  }
  rmSync(data, { recursive: true, force: true });
  console.log(`typescript: ${count.passed} checks held, ${count.failed} did not`);
  // A journey that was broken off may have left a connection open.
  process.exit(count.failed === 0 ? 0 : 1);
}

await main();
