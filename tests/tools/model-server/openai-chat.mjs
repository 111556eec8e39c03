// OpenAI Chat Completions.
import { Conversation, textOf } from './conversation.mjs';
import { begin, eachPiece, fault, json, newId, openAiError, promptTokens, refuseWith, send, slices, usage } from './stream.mjs';

export const serves = path => path.endsWith('/chat/completions');
export const countedTokens = () => undefined;
export const isStreamed = (_, body) => body.stream === true;

export function read(body) {
  const conversation = new Conversation();
  for (const message of body.messages ?? []) {
    if (message.role === 'tool') conversation.result(textOf(message.content));
    else if (message.role === 'user') conversation.user(textOf(message.content));
  }
  for (const tool of body.tools ?? []) conversation.tool(tool.function?.name, tool.function?.parameters);
  conversation.answerSchema = body.response_format?.json_schema?.schema;
  return conversation;
}

export function refuse(response, status, retryAfter) {
  refuseWith(response, status, retryAfter, openAiError(status));
}

export async function write(response, { body, plan, streamed }) {
  const finish = plan.stop === 'length' ? 'length' : plan.stop === 'refusal' ? 'content_filter' : plan.parts.some(p => p.tool) ? 'tool_calls' : 'stop';
  const head = { id: newId('chatcmpl-'), created: Math.floor(Date.now() / 1000), model: body.model };
  const used = {
    prompt_tokens: promptTokens, completion_tokens: usage.output, total_tokens: promptTokens + usage.output,
    prompt_tokens_details: { cached_tokens: usage.cached }, completion_tokens_details: { reasoning_tokens: usage.reasoning },
  };
  if (!streamed) {
    const calls = plan.parts.filter(p => p.tool).map(p => ({ id: newId('call_'), type: 'function', function: { name: p.tool, arguments: JSON.stringify(p.arguments) } }));
    const message = { role: 'assistant', content: plan.parts.map(p => p.text ?? '').join('') || null, ...(calls.length ? { tool_calls: calls } : {}) };
    return json(response, 200, { ...head, object: 'chat.completion', choices: [{ index: 0, message, finish_reason: finish }], usage: used });
  }
  begin(response);
  const chunk = (delta, finishReason = null) =>
    send(response, null, { ...head, object: 'chat.completion.chunk', choices: [{ index: 0, delta, finish_reason: finishReason }] });
  await chunk({ role: 'assistant', content: '' });
  let calls = 0;
  for (const part of plan.parts) {
    if (part.tool) {
      const index = calls++;
      await chunk({ tool_calls: [{ index, id: newId('call_'), type: 'function', function: { name: part.tool, arguments: '' } }] });
      for (const slice of slices(JSON.stringify(part.arguments))) await chunk({ tool_calls: [{ index, function: { arguments: slice } }] });
    } else if (part.thinking) {
      await chunk({ reasoning_content: part.thinking });
    } else {
      await eachPiece(part, text => chunk({ content: text }));
    }
    const overloaded = () => send(response, null, { error: { message: 'Overloaded', type: 'server_error', code: 'overloaded' } });
    if (await fault(response, plan, overloaded)) return;
  }
  await chunk({}, finish);
  await send(response, null, { ...head, object: 'chat.completion.chunk', choices: [], usage: used });
  await send(response, null, '[DONE]');
  response.end();
}
