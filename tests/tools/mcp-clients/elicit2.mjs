// A call that waits for a worker which asks, with the TypeScript client 2.x. Usage: node elicit2.mjs CLIENTS-DIRECTORY URL TOKEN WORKER ANSWER
import { createRequire } from 'node:module';
import { execute } from './elicit.mjs';

const [directory, url, token, worker, answer] = process.argv.slice(2);
const require = createRequire(directory + '/package.json');
const { Client, StreamableHTTPClientTransport } = require('@modelcontextprotocol/client');

const client = new Client({ name: 'elicit2', version: '1' }, { versionNegotiation: { mode: 'auto' }, capabilities: { elicitation: { form: {} } } });
const transport = new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers: { Authorization: `Bearer ${token}` } } });
await execute({
  client, worker, answer,
  listen: handler => client.setRequestHandler('elicitation/create', handler),
  connect: () => client.connect(transport),
  version: () => client.getNegotiatedProtocolVersion(),
  call: call => client.callTool(call, { timeout: 60000 }),
});
