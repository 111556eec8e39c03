// A call that waits for a worker which asks, with the TypeScript SDK 1.x. Usage: node elicit1.mjs CLIENTS-DIRECTORY (COMMAND ARGUMENT… | URL TOKEN) -- WORKER PROMPT ANSWER
import { createRequire } from 'node:module';
import { execute } from './elicit.mjs';

const [directory, command, ...rest] = process.argv.slice(2);
const args = rest.slice(0, rest.indexOf('--'));
const require = createRequire(directory + '/package.json');
const { Client } = require('@modelcontextprotocol/sdk/client/index.js');
const { StdioClientTransport } = require('@modelcontextprotocol/sdk/client/stdio.js');
const { StreamableHTTPClientTransport } = require('@modelcontextprotocol/sdk/client/streamableHttp.js');
const { ElicitRequestSchema } = require('@modelcontextprotocol/sdk/types.js');

const client = new Client({ name: 'elicit1', version: '1' }, { capabilities: { elicitation: { form: {} } } });
const transport = command.startsWith('http')
  ? new StreamableHTTPClientTransport(new URL(command), { requestInit: { headers: { Authorization: `Bearer ${args[0]}` } } })
  : new StdioClientTransport({ command, args, env: process.env });
let protocolVersion = null;
const set = transport.setProtocolVersion?.bind(transport);
transport.setProtocolVersion = version => { protocolVersion = version; set?.(version); };
await execute({
  client,
  listen: handler => client.setRequestHandler(ElicitRequestSchema, handler),
  connect: () => client.connect(transport),
  version: () => protocolVersion,
  call: call => client.callTool(call, undefined, { timeout: 60000 }),
});
