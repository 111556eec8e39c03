// A small MCP server over stdio for the tests, dependency-free: permission_prompt, which allows or denies by the variable VERDICT.
import readline from 'node:readline';

const tools = [{
  name: 'permission_prompt',
  description: 'Decides on a permission',
  inputSchema: {
    type: 'object',
    properties: { tool_name: { type: 'string' }, input: { type: 'object' }, tool_use_id: { type: 'string' } },
    required: ['tool_name', 'input'],
  },
}];
const send = message => process.stdout.write(JSON.stringify({ jsonrpc: '2.0', ...message }) + '\n');

function decide({ tool_name: tool, input }) {
  return process.env.VERDICT === 'allow'
    ? { behavior: 'allow', updatedInput: input }
    : { behavior: 'deny', message: `the tests do not allow ${tool}` };
}

function answer({ id, method, params }) {
  switch (method) {
    case 'initialize':
      return send({ id, result: { protocolVersion: params.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 'approve', version: '1.0.0' } } });
    case 'tools/list':
      return send({ id, result: { tools } });
    case 'ping':
      return send({ id, result: {} });
    case 'tools/call':
      return send({ id, result: { content: [{ type: 'text', text: JSON.stringify(decide(params.arguments)) }] } });
    default:
      if (id !== undefined) send({ id, error: { code: -32601, message: `no method ${method}` } });
  }
}

readline.createInterface({ input: process.stdin }).on('line', line => answer(JSON.parse(line))).on('close', () => process.exit(0));
