// The internet as far as a house needs it: a proxy, and behind it one host, at which the documents
// about clients are that have an address for an id (Client ID Metadata Documents).
//
// usage: node strangers.mjs FOLDER     with host.pem and host.key for agent.example.com

import { readFileSync } from 'node:fs';
import { createServer as createHttp } from 'node:http';
import { createServer as createHttps } from 'node:https';
import { connect } from 'node:net';
import { join } from 'node:path';

const HOST = 'agent.example.com';
const id = (path) => `https://${HOST}${path}`;

const described = (path, changes = {}) => ({
  client_id: id(path),
  client_name: 'An agent with a document',
  redirect_uris: ['http://127.0.0.1/callback'],
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
  token_endpoint_auth_method: 'none',
  ...changes,
});

const DOCUMENTS = {
  '/client.json': described('/client.json'),
  '/another.json': described('/client.json'),
  '/large.json': described('/large.json', { client_name: 'x'.repeat(64 * 1024) }),
};

const folder = process.argv[2];
const tls = { cert: readFileSync(join(folder, 'host.pem')), key: readFileSync(join(folder, 'host.key')) };
const host = createHttps(tls, (request, response) => {
  const document = DOCUMENTS[request.url];
  if (request.url === '/moved.json') {
    response.writeHead(302, { location: id('/client.json') }).end();
  } else if (document) {
    response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'max-age=300' });
    response.end(JSON.stringify(document));
  } else {
    response.writeHead(404).end();
  }
});

const proxy = createHttp((_, response) => response.writeHead(405).end());
proxy.on('connect', ({ url }, socket) => {
  socket.on('error', () => {});
  if (url !== `${HOST}:443`) {
    socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
    return;
  }
  const inside = connect(host.address().port, '127.0.0.1', () => {
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
    socket.pipe(inside).pipe(socket);
  });
  inside.on('error', () => socket.destroy());
});

host.listen(0, '127.0.0.1', () =>
  proxy.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${proxy.address().port}`)));
