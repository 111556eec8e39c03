// An MCP server over Streamable HTTP with one tool, echo, built with the SDK for TypeScript. Usage: node echo-http-server.mjs NODE_MODULES sse|json
// Prints its address. It ends with its input.
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';

const require = createRequire(process.argv[2] + '/x.js');
const enableJsonResponse = process.argv[3] === 'json';
const { McpServer } = require('@modelcontextprotocol/sdk/server/mcp.js');
const { StreamableHTTPServerTransport } = require('@modelcontextprotocol/sdk/server/streamableHttp.js');

const sessions = new Map();

async function open() {
  const server = new McpServer({ name: 'echo', version: '1.0.0' });
  server.registerTool('echo', { description: 'Says pong' }, async () => ({ content: [{ type: 'text', text: 'pong' }] }));
  const transport = new StreamableHTTPServerTransport({
    sessionIdGenerator: randomUUID, enableJsonResponse, onsessioninitialized: id => sessions.set(id, transport),
  });
  await server.connect(transport);
  return transport;
}

const http = createServer(async (request, response) => {
  const transport = sessions.get(request.headers['mcp-session-id']) ?? await open();
  await transport.handleRequest(request, response);
});
http.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${http.address().port}/mcp`));
process.stdin.resume().on('end', () => process.exit(0));
