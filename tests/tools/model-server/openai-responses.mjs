// OpenAI Responses.
import { Conversation, textOf } from './conversation.mjs';
import { begin, eachPiece, fault, json, newId, openAiError, promptTokens, refuseWith, send, usage } from './stream.mjs';

export const serves = path => /\/responses(\/compact)?$/.test(path);
export const countedTokens = () => undefined;
export const isStreamed = (_, body) => body.stream === true;

export function read(body) {
  const conversation = new Conversation();
  const input = typeof body.input === 'string' ? [{ role: 'user', content: body.input }] : body.input ?? [];
  for (const item of input) {
    if (/_call_output$/.test(item.type ?? '')) conversation.result(typeof item.output === 'string' ? item.output : JSON.stringify(item.output));
    else if (item.role === 'user') conversation.user(textOf(item.content));
  }
  for (const tool of body.tools ?? []) {
    conversation.tool(tool.name ?? tool.type, tool.parameters, { kind: tool.type });
    // MCP tools come in groups, one for each server; a call names its group.
    for (const inner of Array.isArray(tool.tools) ? tool.tools : []) conversation.tool(inner.name, inner.parameters, { namespace: tool.name });
  }
  conversation.answerSchema = body.text?.format?.schema;
  return conversation;
}

/** With an end: the used-up plan of a subscriber. */
export function refuse(response, status, retryAfter, resetsAt) {
  refuseWith(response, status, retryAfter, resetsAt
    ? ({ message }) => ({ error: { type: 'usage_limit_reached', message, plan_type: 'plus', resets_at: resetsAt, resets_in_seconds: Number(retryAfter) } })
    : openAiError(status));
}

export async function write(response, { body, plan, streamed }) {
  const used = {
    input_tokens: promptTokens, input_tokens_details: { cached_tokens: usage.cached },
    output_tokens: usage.output, output_tokens_details: { reasoning_tokens: usage.reasoning }, total_tokens: promptTokens + usage.output,
  };
  const id = newId('resp_'), created = Math.floor(Date.now() / 1000);
  const envelope = (status, more = {}) => ({
    id, object: 'response', created_at: created, status, model: body.model, output: [], usage: null, error: null, incomplete_details: null, ...more,
  });
  if (!streamed) return json(response, 200, envelope('completed', { output: plan.parts.map(item), usage: used }));

  begin(response);
  let sequence = 0;
  const event = (type, data) => send(response, type, { type, sequence_number: sequence++, ...data });
  await event('response.created', { response: envelope('in_progress') });
  await event('response.in_progress', { response: envelope('in_progress') });
  const output = [];
  for (const [index, part] of plan.parts.entries()) {
    const whole = item(part), at = { item_id: whole.id, output_index: index };
    await event('response.output_item.added', { output_index: index, item: { ...whole, ...emptyBody(part) } });
    if (part.tool && !part.custom) {
      await event('response.function_call_arguments.delta', { ...at, delta: whole.arguments });
      await event('response.function_call_arguments.done', { ...at, arguments: whole.arguments });
    } else if (part.thinking) {
      const summary = { ...at, summary_index: 0 };
      await event('response.reasoning_summary_part.added', { ...summary, part: { type: 'summary_text', text: '' } });
      await event('response.reasoning_summary_text.delta', { ...summary, delta: part.thinking });
      await event('response.reasoning_summary_text.done', { ...summary, text: part.thinking });
    } else if (!part.tool) {
      const content = { ...at, content_index: 0 };
      await event('response.content_part.added', { ...content, part: { type: 'output_text', text: '', annotations: [] } });
      await eachPiece(part, text => event('response.output_text.delta', { ...content, delta: text }));
      const failed = envelope('failed', { error: { code: 'server_is_overloaded', message: 'Overloaded' } });
      if (await fault(response, plan, () => event('response.failed', { response: failed }))) return;
      await event('response.output_text.done', { ...content, text: part.text });
      await event('response.content_part.done', { ...content, part: whole.content[0] });
    }
    await event('response.output_item.done', { output_index: index, item: whole });
    output.push(whole);
  }
  if (plan.stop) {
    const reason = plan.stop === 'length' ? 'max_output_tokens' : 'content_filter';
    await event('response.incomplete', { response: envelope('incomplete', { output, usage: used, incomplete_details: { reason } }) });
  } else {
    await event('response.completed', { response: envelope('completed', { output, usage: used }) });
  }
  response.end();
}

function emptyBody(part) {
  if (part.tool) return { status: 'in_progress', ...(part.custom ? { input: '' } : { arguments: '' }) };
  return part.thinking ? { summary: [] } : { content: [], status: 'in_progress' };
}

function item(part) {
  if (part.tool && part.custom) {
    return { type: 'custom_tool_call', id: newId('ctc_'), call_id: newId('call_'), name: part.tool, input: part.input, status: 'completed' };
  }
  if (part.tool) {
    const group = part.namespace ? { namespace: part.namespace } : {};
    return { type: 'function_call', id: newId('fc_'), call_id: newId('call_'), name: part.tool, ...group, arguments: JSON.stringify(part.arguments), status: 'completed' };
  }
  if (part.thinking) return { type: 'reasoning', id: newId('rs_'), summary: [{ type: 'summary_text', text: part.thinking }], encrypted_content: null };
  return { type: 'message', id: newId('msg_'), role: 'assistant', status: 'completed', content: [{ type: 'output_text', text: part.text, annotations: [] }] };
}
