// A call that waits for a worker which asks, with the TypeScript SDK 1.x. Usage: node elicit1.mjs CLIENTS-DIRECTORY URL TOKEN WORKER ANSWER
import { createRequire } from 'node:module';
import { execute } from './elicit.mjs';

const [directory, url, token, worker, answer] = process.argv.slice(2);
const require = createRequire(directory + '/package.json');
const { Client } = require('@modelcontextprotocol/sdk/client/index.js');
const { StreamableHTTPClientTransport } = require('@modelcontextprotocol/sdk/client/streamableHttp.js');
const { ElicitRequestSchema } = require('@modelcontextprotocol/sdk/types.js');

const client = new Client({ name: 'elicit1', version: '1' }, { capabilities: { elicitation: { form: {} } } });
const transport = new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers: { Authorization: `Bearer ${token}` } } });
let protocolVersion = null;
const set = transport.setProtocolVersion?.bind(transport);
transport.setProtocolVersion = version => { protocolVersion = version; set?.(version); };
await execute({
  client, worker, answer,
  listen: handler => client.setRequestHandler(ElicitRequestSchema, handler),
  connect: () => client.connect(transport),
  version: () => protocolVersion,
  call: call => client.callTool(call, undefined, { timeout: 60000 }),
});
