// A call that waits for a worker which asks, with the TypeScript client 2.x. Usage: node elicit2.mjs CLIENTS-DIRECTORY (COMMAND ARGUMENT… | URL TOKEN) -- WORKER PROMPT ANSWER
import { createRequire } from 'node:module';
import { execute } from './elicit.mjs';

const [directory, command, ...rest] = process.argv.slice(2);
const args = rest.slice(0, rest.indexOf('--'));
const require = createRequire(directory + '/package.json');
const { Client, StreamableHTTPClientTransport } = require('@modelcontextprotocol/client');
const { StdioClientTransport } = require('@modelcontextprotocol/client/stdio');

const client = new Client({ name: 'elicit2', version: '1' }, { versionNegotiation: { mode: 'auto' }, capabilities: { elicitation: { form: {} } } });
const transport = command.startsWith('http')
  ? new StreamableHTTPClientTransport(new URL(command), { requestInit: { headers: { Authorization: `Bearer ${args[0]}` } } })
  : new StdioClientTransport({ command, args, env: process.env });
await execute({
  client,
  listen: handler => client.setRequestHandler('elicitation/create', handler),
  connect: () => client.connect(transport),
  version: () => client.getNegotiatedProtocolVersion(),
  call: call => client.callTool(call, { timeout: 60000 }),
});
