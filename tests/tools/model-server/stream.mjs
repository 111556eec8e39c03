// What the four protocols share: server-sent events, faults in the middle of them, error bodies.
export const usage = { fresh: 1000, cached: 200, cacheWrite: 30, output: 50, reasoning: 7 };
export const promptTokens = usage.fresh + usage.cached + usage.cacheWrite;

export const sleep = ms => new Promise(resolve => setTimeout(resolve, ms));
export const newId = prefix => prefix + Math.random().toString(36).slice(2, 12) + Date.now().toString(36);

export function json(response, status, body, headers = {}) {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

export function begin(response) {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache', 'x-request-id': newId('req_') });
}

/** Sends one event; waits while the reader is slower than we are. */
export function send(response, event, data) {
  const text = (event ? `event: ${event}\n` : '') + `data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`;
  return new Promise(resolve => {
    if (response.destroyed || response.write(text)) return resolve();
    const go = () => {
      response.off('drain', go);
      response.off('close', go);
      resolve();
    };
    response.on('drain', go);
    response.on('close', go);
  });
}

/** Gives a text part piece by piece; a piece that is a number is a pause in milliseconds. */
export async function eachPiece(part, give) {
  for (const piece of part.pieces ?? part.text.match(/[\s\S]{1,24}/gu) ?? []) {
    if (typeof piece === 'number') await sleep(piece);
    else await give(piece);
  }
}

export const slices = text => text.match(/[\s\S]{1,40}/gu) ?? [];

export function drop(response) {
  response.socket?.resetAndDestroy();
}

/** Does the plan's fault after the first part. True where that ended the answer. */
export async function fault(response, plan, sendError) {
  if (plan.fault === 'cut') {
    await sleep(150);
    drop(response);
  } else if (plan.fault === 'fin') {
    response.end();
  } else if (plan.fault === 'error') {
    await sendError();
    response.end();
  }
  return plan.fault !== undefined;
}

const errors = {
  400: ['invalid_request_error', 'bad request', 'INVALID_ARGUMENT'],
  401: ['authentication_error', 'invalid x-api-key', 'UNAUTHENTICATED'],
  403: ['permission_error', 'forbidden', 'PERMISSION_DENIED'],
  404: ['not_found_error', 'model: not found', 'NOT_FOUND'],
  413: ['request_too_large', 'prompt is too long', 'INVALID_ARGUMENT'],
  429: ['rate_limit_error', 'rate limit reached', 'RESOURCE_EXHAUSTED'],
  500: ['api_error', 'internal error', 'INTERNAL'],
  503: ['overloaded_error', 'service unavailable', 'UNAVAILABLE'],
  529: ['overloaded_error', 'overloaded', 'UNAVAILABLE'],
};

export function refuseWith(response, status, retryAfter, bodyOf, more = {}) {
  const [type, message, grpcStatus] = errors[status] ?? ['api_error', `error ${status}`, 'UNKNOWN'];
  json(response, status, bodyOf({ type, message, grpcStatus }), retryAfter ? { 'retry-after': retryAfter, ...more } : more);
}

/** The error body of both OpenAI protocols. */
export const openAiError = status => ({ type, message }) => ({
  error: { message, type, param: null, code: status === 401 ? 'invalid_api_key' : status === 429 ? 'rate_limit_exceeded' : null },
});
