// Registers the integration of a house at its Webex, as an organization does once.
//
// usage: node register.mjs WEBEX HOUSE     two origins

import { readFileSync } from 'node:fs';

const [webex, house] = process.argv.slice(2);
const settings = readFileSync(new URL('settings.toml', import.meta.url), 'utf8');
const scopes = settings.match(/registered_scopes = \[(.*?)\]/s)[1].match(/[^"\s,]+/g);
const answer = await fetch(`${webex}/_sandbox/integrations`, {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({
    clientId: 'house',
    clientSecret: process.env.WEBEX_MCP_BROKER_CLIENT_SECRET,
    name: 'Webex for agents',
    redirectUris: [`${house}/oauth/callback`],
    scopes,
  }),
});
if (!answer.ok) throw new Error(`the sandbox answers ${answer.status}: ${await answer.text()}`);
