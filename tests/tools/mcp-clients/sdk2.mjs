// Drives an MCP server with the TypeScript client 2.x, which negotiates the era. Usage: node sdk2.mjs CLIENTS-DIRECTORY (COMMAND ARGUMENT… | URL TOKEN)
import { createRequire } from 'node:module';
import { flow } from './flow.mjs';

const [directory, command, ...args] = process.argv.slice(2);
const require = createRequire(directory + '/package.json');
const { Client, StreamableHTTPClientTransport } = require('@modelcontextprotocol/client');
const { StdioClientTransport } = require('@modelcontextprotocol/client/stdio');

const client = new Client({ name: 'sdk2', version: '1' }, { versionNegotiation: { mode: 'auto' } });
const transport = command.startsWith('http')
  ? new StreamableHTTPClientTransport(new URL(command), { requestInit: { headers: { Authorization: `Bearer ${args[0]}` } } })
  : new StdioClientTransport({ command, args, env: process.env });
await client.connect(transport);
const seen = await flow(client, client.getNegotiatedProtocolVersion());

const [worker] = JSON.parse((await client.callTool({ name: 'worker_spawn', arguments: { worker_type: 'simulated' } })).content[0].text);
const progress = [];
await client.callTool({ name: 'worker_execute', arguments: { worker_id: worker, prompt: 'three' } }, {
  onprogress: p => progress.push(p.progress), timeout: 60000, resetTimeoutOnProgress: true,
});
seen.progress = progress;
await client.close();
console.log(JSON.stringify(seen));
