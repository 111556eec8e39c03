// Gemini generateContent.
import { Conversation } from './conversation.mjs';
import { begin, eachPiece, fault, json, newId, promptTokens, refuseWith, send, usage } from './stream.mjs';

export const serves = path => /:(stream)?generateContent$|:countTokens$/i.test(path);
export const countedTokens = path => (path.endsWith(':countTokens') ? { totalTokens: 1234 } : undefined);
export const isStreamed = path => path.includes(':stream');

export function read(body) {
  const conversation = new Conversation();
  for (const content of body.contents ?? []) {
    if (content.role !== 'user' && content.role !== 'function') continue;
    for (const part of content.parts ?? []) {
      if (part.functionResponse) conversation.result(JSON.stringify(part.functionResponse.response));
      else if (part.text) conversation.user(part.text);
    }
  }
  for (const tool of body.tools ?? []) {
    for (const declared of tool.functionDeclarations ?? []) conversation.tool(declared.name, declared.parametersJsonSchema ?? declared.parameters);
  }
  conversation.answerSchema = body.generationConfig?.responseJsonSchema ?? body.generationConfig?.responseSchema;
  return conversation;
}

export function refuse(response, status, retryAfter) {
  refuseWith(response, status, retryAfter, ({ message, grpcStatus }) => ({ error: { code: status, message, status: grpcStatus } }));
}

export async function write(response, { path, plan, streamed }) {
  const used = {
    promptTokenCount: promptTokens, cachedContentTokenCount: usage.cached, candidatesTokenCount: usage.output - usage.reasoning,
    thoughtsTokenCount: usage.reasoning, totalTokenCount: promptTokens + usage.output,
  };
  const finish = plan.stop === 'length' ? 'MAX_TOKENS' : plan.stop === 'refusal' ? 'SAFETY' : 'STOP';
  const modelVersion = /models\/([^:]+)/.exec(path)?.[1];
  const candidate = (parts, finishReason) => ({
    candidates: [{ content: { role: 'model', parts }, index: 0, ...(finishReason ? { finishReason } : {}) }],
    usageMetadata: used, modelVersion, responseId: newId('r'),
  });
  if (!streamed) return json(response, 200, candidate(plan.parts.map(whole), finish));

  begin(response);
  for (const part of plan.parts) {
    if (part.tool || part.thinking) await send(response, null, candidate([whole(part)]));
    else await eachPiece(part, text => send(response, null, candidate([{ text }])));
    const overloaded = () => send(response, null, { error: { code: 503, message: 'The model is overloaded.', status: 'UNAVAILABLE' } });
    if (await fault(response, plan, overloaded)) return;
  }
  await send(response, null, candidate([{ text: '' }], finish));
  response.end();
}

function whole(part) {
  if (part.tool) return { functionCall: { name: part.tool, args: part.arguments, id: newId('fc') } };
  return part.thinking ? { text: '**Thinking** ' + part.thinking, thought: true } : { text: part.text };
}
