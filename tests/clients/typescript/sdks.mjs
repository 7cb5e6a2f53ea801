// The two generations of the official TypeScript SDK behind one small face: connect, call, close.

import { Client as Client2, StreamableHTTPClientTransport as Http2 } from '@modelcontextprotocol/client';
import { StdioClientTransport as Stdio2 } from '@modelcontextprotocol/client/stdio';
import { Client as Client1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport as Stdio1 } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport as Http1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { ElicitRequestSchema, ResourceUpdatedNotificationSchema } from '@modelcontextprotocol/sdk/types.js';

const CALL_TIMEOUT_MS = 20_000;
const IDENTITY = { name: 'webex-mcp-journey', version: '1.0.0' };
const options = { timeout: CALL_TIMEOUT_MS };

/** What a client that can show a form says of itself, or in which modes it can ask; one that cannot says nothing. */
const capabilities = (asked, modes = {}) => ({ capabilities: asked ? { elicitation: modes } : {} });

/** What both generations name alike, but for the notification of a change. */
const browsing = (client, changed) => ({
  subscribe: async (uri, heard) => {
    client.setNotificationHandler(changed, ({ params }) => heard(params.uri));
    await client.subscribeResource({ uri }, options);
  },
  resources: async () => (await client.listResources(undefined, options)).resources,
  templates: async () => (await client.listResourceTemplates(undefined, options)).resourceTemplates,
  read: (uri) => client.readResource({ uri }, options),
  complete: async (ref, argument) => (await client.complete({ ref, argument }, options)).completion.values,
  prompts: async () => (await client.listPrompts(undefined, options)).prompts,
  prompt: (name, args) => client.getPrompt({ name, arguments: args }, options),
});

/** `@modelcontextprotocol/client` 2, with or without negotiation of the newest protocol. */
const second = (versionNegotiation) => ({
  transport: (door) => (door.url ? new Http2(new URL(door.url), door.options) : new Stdio2(door.stdio)),
  /** Ends a sign-in with what the client was called with; this one also looks at the issuer. */
  finish: (transport, answer) => transport.finishAuth(answer),
  async connect(transport, asked, modes) {
    const client = new Client2(IDENTITY, { ...capabilities(asked, modes), versionNegotiation });
    if (asked) client.setRequestHandler('elicitation/create', async (request) => asked(request.params));
    await client.connect(transport, options);
    return {
      version: client.getNegotiatedProtocolVersion(),
      listTools: async () => (await client.listTools(undefined, options)).tools,
      call: (name, args, onprogress) => client.callTool({ name, arguments: args }, { ...options, onprogress }),
      ...browsing(client, 'notifications/resources/updated'),
      close: () => client.close(),
    };
  },
});

/** `@modelcontextprotocol/sdk` 1, which most hosts still carry. */
const first = {
  transport: (door) => (door.url ? new Http1(new URL(door.url), door.options) : new Stdio1(door.stdio)),
  finish: (transport, answer) => transport.finishAuth(answer.get('code')),
  async connect(transport, asked, modes) {
    const client = new Client1(IDENTITY, capabilities(asked, modes));
    if (asked) client.setRequestHandler(ElicitRequestSchema, async (request) => asked(request.params));
    // The SDK tells the negotiated version to its transport only.
    let version;
    const told = transport.setProtocolVersion?.bind(transport);
    transport.setProtocolVersion = (negotiated) => {
      version = negotiated;
      told?.(negotiated);
    };
    await client.connect(transport, options);
    return {
      version,
      listTools: async () => (await client.listTools(undefined, options)).tools,
      call: (name, args, onprogress) =>
        client.callTool({ name, arguments: args }, undefined, { ...options, onprogress }),
      ...browsing(client, ResourceUpdatedNotificationSchema),
      // Ends the session, as a host that closes should.
      close: async () => {
        await transport.terminateSession?.();
        await client.close();
      },
    };
  },
};

/** Every SDK as it is used, with the protocol version it has to end up with. */
export const SDKS = [
  { name: 'client 2.4.0 default', version: '2025-11-25', sdk: second(undefined) },
  { name: 'client 2.4.0 auto', version: '2026-07-28', sdk: second({ mode: 'auto' }) },
  { name: 'sdk 1.32.2', version: '2025-11-25', sdk: first },
];
