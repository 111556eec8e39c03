// A small MCP server over stdio for the tests, dependency-free: echo_text gives ECHO:<text>, fail_text always fails.
import readline from 'node:readline';

const text = { type: 'object', properties: { text: { type: 'string' } }, required: ['text'] };
const tools = [
  { name: 'echo_text', description: 'Echo text back', inputSchema: text },
  { name: 'fail_text', description: 'Always fails', inputSchema: text },
];
const send = message => process.stdout.write(JSON.stringify({ jsonrpc: '2.0', ...message }) + '\n');

function answer({ id, method, params }) {
  switch (method) {
    case 'initialize':
      return send({ id, result: { protocolVersion: params.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 'echo', version: '1.0.0' } } });
    case 'tools/list':
      return send({ id, result: { tools } });
    case 'ping':
      return send({ id, result: {} });
    case 'tools/call': {
      const failed = params.name === 'fail_text';
      const said = failed ? 'the tool failed on purpose' : `ECHO:${params.arguments?.text ?? ''}`;
      return send({ id, result: { isError: failed, content: [{ type: 'text', text: said }] } });
    }
    default:
      if (id !== undefined) send({ id, error: { code: -32601, message: `no method ${method}` } });
  }
}

readline.createInterface({ input: process.stdin }).on('line', line => answer(JSON.parse(line))).on('close', () => process.exit(0));
