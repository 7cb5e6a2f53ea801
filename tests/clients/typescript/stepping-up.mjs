// More scopes when a tool needs them, as clients of the official TypeScript SDKs come by them.
//
// A compliance officer has signed in with the scopes that everybody gets. The first call of a tool that
// needs more sends a client that can show a page to ours; one that cannot is challenged, and asks its
// person for more by itself.
//
// usage: node stepping-up.mjs --house ORIGIN --webex ORIGIN

import { facts, walk } from './signing-in.mjs';

const GRACE = { server: '/mcp/webex-compliance', email: 'grace@example.com' };
const NEEDED = 'spark-compliance:events_read';
// Challenged for more, it renews its token, which gives it no more, and gives up.
const RENEWS = 'sdk 1.32.2';
const MODES = { form: {}, url: {} };

const events = (client) => client.call('webex-get-event', { max: 1 });

async function shown(agent, check) {
  const seen = [];
  const asked = async ({ mode, url }) => {
    if (mode !== 'url') return { action: 'decline' };
    seen.push(url);
    await agent.person.signIn(url);
    return { action: 'accept' };
  };
  const [got, again] = await agent.connected(async (client) => [await events(client), await events(client)], asked, MODES);
  check('the call works in the end', !got.isError, facts(got));
  check('after one page of ours', seen.length === 1 && seen[0].startsWith(`${agent.house}/`), seen);
  check('the next call asks nobody', !again.isError, facts(again));
  check('nobody signed in a second time by the client', agent.asked.length === 1, agent.asked);
}

async function challenged(agent, check) {
  const got = await agent.connected(events);
  check('the call works in the end', !got.isError, facts(got));
  check('the client was challenged', agent.paths(403).length > 0, agent.paths());
  check('and asked its person once more', agent.asked.length === 2, agent.asked);
  const wanted = agent.question.scope?.split(' ') ?? [];
  check('for what it needs', wanted.includes(NEEDED), wanted);
  check('which it has now', agent.store.tokens.scope.split(' ').includes(NEEDED), agent.store.tokens.scope);
}

await walk('stepping up', {
  'shows a page': [shown, GRACE],
  'is challenged': [challenged, { ...GRACE, except: RENEWS }],
});
