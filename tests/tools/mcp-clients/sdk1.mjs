// Drives an MCP server with the TypeScript SDK 1.x, which speaks 2025-11-25. Usage: node sdk1.mjs CLIENTS-DIRECTORY (COMMAND ARGUMENT… | URL TOKEN)
import { createRequire } from 'node:module';
import { flow } from './flow.mjs';

const [directory, command, ...args] = process.argv.slice(2);
const require = createRequire(directory + '/package.json');
const { Client } = require('@modelcontextprotocol/sdk/client/index.js');
const { StdioClientTransport } = require('@modelcontextprotocol/sdk/client/stdio.js');
const { StreamableHTTPClientTransport } = require('@modelcontextprotocol/sdk/client/streamableHttp.js');

const client = new Client({ name: 'sdk1', version: '1' });
const transport = command.startsWith('http')
  ? new StreamableHTTPClientTransport(new URL(command), { requestInit: { headers: { Authorization: `Bearer ${args[0]}` } } })
  : new StdioClientTransport({ command, args, env: process.env });
let protocolVersion = null;
const set = transport.setProtocolVersion?.bind(transport);
transport.setProtocolVersion = version => { protocolVersion = version; set?.(version); };
await client.connect(transport);
const seen = await flow(client, protocolVersion);

// Progress: rising, and none after the result.
const [worker] = JSON.parse((await client.callTool({ name: 'worker_spawn', arguments: { worker_type: 'simulated' } })).content[0].text);
const progress = [];
await client.callTool({ name: 'worker_execute', arguments: { worker_id: worker, prompt: 'three' } }, undefined, {
  onprogress: p => progress.push(p.progress), timeout: 60000, resetTimeoutOnProgress: true,
});
seen.progress = progress;
await client.close();
console.log(JSON.stringify(seen));
