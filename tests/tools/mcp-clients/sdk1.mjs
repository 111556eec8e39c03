// Drives an MCP server with the TypeScript SDK 1.x, which speaks 2025-11-25. Usage: node sdk1.mjs CLIENTS-DIRECTORY COMMAND ARGUMENT…
import { createRequire } from 'node:module';
import { flow } from './flow.mjs';

const [directory, command, ...args] = process.argv.slice(2);
const require = createRequire(directory + '/package.json');
const { Client } = require('@modelcontextprotocol/sdk/client/index.js');
const { StdioClientTransport } = require('@modelcontextprotocol/sdk/client/stdio.js');

const client = new Client({ name: 'sdk1', version: '1' });
const transport = new StdioClientTransport({ command, args, env: process.env });
let protocolVersion = null;
transport.setProtocolVersion = version => { protocolVersion = version; };
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
