// The tests' model server: one loopback port, four model protocols, answers chosen by [[markers]]. See README.md.
import { appendFileSync } from 'node:fs';
import http from 'node:http';
import * as anthropic from './anthropic.mjs';
import * as gemini from './gemini.mjs';
import * as chat from './openai-chat.mjs';
import * as responses from './openai-responses.mjs';
import { planFor } from './plan.mjs';
import { drop, json, sleep } from './stream.mjs';

const LIFETIME_MS = 20 * 60 * 1000;
const protocols = [anthropic, chat, responses, gemini];
const logFile = process.argv[2] === '--log' ? process.argv[3] : undefined;

function log(entry) {
  if (logFile) appendFileSync(logFile, JSON.stringify(entry) + '\n');
}

async function readBody(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString('utf8');
  return text ? JSON.parse(text) : {};
}

async function answer(request, response) {
  const path = new URL(request.url, 'http://loopback').pathname;
  if (path.endsWith('/models')) {
    return json(response, 200, { object: 'list', data: [{ id: 'test-model', object: 'model', created: 0, owned_by: 'tests' }], models: [] });
  }
  const protocol = protocols.find(p => p.serves(path));
  if (!protocol || request.method !== 'POST') {
    return json(response, request.method === 'HEAD' ? 200 : 404, { error: { message: 'not found', type: 'not_found_error' } });
  }
  const body = await readBody(request);
  const counted = protocol.countedTokens(path);
  if (counted) return json(response, 200, counted);

  const conversation = protocol.read(body);
  const plan = planFor(conversation);
  log({
    path: request.url, model: body.model, marker: conversation.marker, argument: conversation.argument.slice(0, 80),
    results: conversation.results, tools: conversation.tools.map(t => t.name), status: plan.status ?? 200,
  });
  if (plan.delayMs) await sleep(plan.delayMs);
  if (plan.status) return protocol.refuse(response, plan.status, plan.retryAfter, plan.resetsAt);
  if (plan.html) {
    response.writeHead(200, { 'content-type': 'text/html' });
    return response.end('<html>sign in to this network</html>');
  }
  const streamed = protocol.isStreamed(path, body);
  if (!streamed && plan.fault) return plan.fault === 'error' ? protocol.refuse(response, 529) : drop(response);
  return protocol.write(response, { path, body, plan, streamed });
}

const server = http.createServer((request, response) => {
  answer(request, response).catch(error => {
    log({ path: request.url, error: String(error) });
    response.destroy();
  });
});
server.requestTimeout = 0;
server.on('clientError', (_, socket) => socket.destroy());
server.listen(0, '127.0.0.1', () => process.stdout.write(JSON.stringify({ port: server.address().port }) + '\n'));

// Nobody has to stop it: it goes with whoever holds its standard input.
process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
process.stdin.on('error', () => process.exit(0));
setTimeout(() => process.exit(0), LIFETIME_MS).unref();
