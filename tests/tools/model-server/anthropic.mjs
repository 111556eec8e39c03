// Anthropic Messages.
import { Conversation, textOf } from './conversation.mjs';
import { begin, eachPiece, fault, json, newId, refuseWith, send, slices, usage } from './stream.mjs';

export const serves = path => /\/messages(\/count_tokens)?$/.test(path);
export const countedTokens = path => (path.endsWith('/count_tokens') ? { input_tokens: 1234 } : undefined);
export const isStreamed = (_, body) => body.stream === true;

export function read(body) {
  const conversation = new Conversation();
  for (const message of body.messages ?? []) {
    if (message.role !== 'user') continue;
    const content = typeof message.content === 'string' ? [{ type: 'text', text: message.content }] : message.content ?? [];
    for (const part of content) {
      if (part.type === 'tool_result') conversation.result(textOf(part.content));
      else if (part.type === 'text') conversation.user(part.text);
    }
  }
  for (const tool of body.tools ?? []) conversation.tool(tool.name, tool.input_schema);
  return conversation;
}

/** With an end: the used-up plan of a subscriber. */
export function refuse(response, status, retryAfter, resetsAt) {
  const unified = name => `anthropic-ratelimit-unified-${name}`;
  refuseWith(
    response, status, retryAfter, ({ type, message }) => ({ type: 'error', error: { type, message }, request_id: 'req_tests' }),
    resetsAt ? { [unified('status')]: 'rejected', [unified('reset')]: resetsAt, [unified('representative-claim')]: 'five_hour', [unified('overage-status')]: 'rejected' } : {});
}

export async function write(response, { body, plan, streamed }) {
  const stopReason = plan.stop === 'length' ? 'max_tokens' : plan.stop === 'refusal' ? 'refusal' : plan.parts.some(p => p.tool) ? 'tool_use' : 'end_turn';
  const message = {
    id: newId('msg_'), type: 'message', role: 'assistant', model: body.model, content: [], stop_reason: null, stop_sequence: null,
    usage: {
      input_tokens: usage.fresh, cache_creation_input_tokens: usage.cacheWrite, cache_read_input_tokens: usage.cached,
      cache_creation: { ephemeral_5m_input_tokens: usage.cacheWrite, ephemeral_1h_input_tokens: 0 }, output_tokens: 1, service_tier: 'standard',
    },
  };
  if (!streamed) {
    return json(response, 200, {
      ...message, content: plan.parts.map(whole), stop_reason: stopReason, usage: { ...message.usage, output_tokens: usage.output },
    });
  }
  begin(response);
  const event = (type, data) => send(response, type, { type, ...data });
  await event('message_start', { message });
  for (const [index, part] of plan.parts.entries()) {
    const delta = value => event('content_block_delta', { index, delta: value });
    await event('content_block_start', { index, content_block: opened(part) });
    if (part.tool) {
      for (const slice of slices(JSON.stringify(part.arguments))) await delta({ type: 'input_json_delta', partial_json: slice });
    } else if (part.thinking) {
      await delta({ type: 'thinking_delta', thinking: part.thinking });
      await delta({ type: 'signature_delta', signature: 'c2ln' });
    } else {
      await eachPiece(part, text => delta({ type: 'text_delta', text }));
    }
    const overloaded = () => event('error', { error: { type: 'overloaded_error', message: 'Overloaded' } });
    if (await fault(response, plan, overloaded)) return;
    await event('content_block_stop', { index });
  }
  await event('message_delta', { delta: { stop_reason: stopReason, stop_sequence: null }, usage: { output_tokens: usage.output } });
  await event('message_stop', {});
  response.end();
}

function opened(part) {
  if (part.tool) return { type: 'tool_use', id: newId('toolu_'), name: part.tool, input: {} };
  return part.thinking ? { type: 'thinking', thinking: '', signature: '' } : { type: 'text', text: '' };
}

function whole(part) {
  if (part.tool) return { type: 'tool_use', id: newId('toolu_'), name: part.tool, input: part.arguments };
  return part.thinking ? { type: 'thinking', thinking: part.thinking, signature: 'c2ln' } : { type: 'text', text: part.text };
}
