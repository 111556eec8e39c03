// The same addresses that programs use, with a token of this page's own. The token is kept for this tab only, never in a cookie or an address.

const BASE = '/api/v1';
const TOKEN = 'mcpworkers.token';
const SCOPE = 'mcpworkers.scope';
const ABSENT_FOR = 60_000;
const PATIENCE = 30_000;

const absent = new Map();
let onLocked = () => { };

export class Refused extends Error {
  constructor(status, code, message) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** Told when the token is of no more use. */
export function whenLocked(listener) {
  onLocked = listener;
}

export const scope = () => sessionStorage.getItem(SCOPE) ?? 'operate';

export function headers() {
  const token = sessionStorage.getItem(TOKEN);
  return token ? { Authorization: `Bearer ${token}` } : {};
}

/** Exchanges the code of the address for a token. */
export async function enter(code) {
  const answer = await send('POST', '/page/session', { code }, {});
  sessionStorage.setItem(TOKEN, answer.token);
  sessionStorage.setItem(SCOPE, answer.scope);
}

export const get = path => send('GET', path, undefined, headers());
export const post = (path, body = {}) => send('POST', path, body, headers());
export const remove = path => send('DELETE', path, undefined, headers());

/** Null where this server has no such address: an older one, whose page would have said so by having no such part. */
export async function getIfThere(path) {
  const address = path.split('?')[0];
  if (absent.get(address) > performance.now()) return null;
  try {
    return await get(path);
  } catch (error) {
    if (!(error instanceof Refused) || error.status !== 404) throw error;
    absent.set(address, performance.now() + ABSENT_FOR);
    return null;
  }
}

/** The text at an address, at most so many characters; the rest is not read. */
export async function getText(path, most) {
  const response = await ask('GET', path, undefined, headers());
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return { text, isWhole: true };
    text += value;
    if (text.length > most) {
      await reader.cancel();
      return { text: text.slice(0, most), isWhole: false };
    }
  }
}

async function send(method, path, body, withHeaders) {
  const response = await ask(method, path, body, withHeaders);
  return response.status === 204 ? null : response.json();
}

async function ask(method, path, body, withHeaders) {
  const response = await fetch(BASE + path, {
    method,
    headers: body === undefined ? withHeaders : { ...withHeaders, 'Content-Type': 'application/json' },
    body: body === undefined ? undefined : JSON.stringify(body),
    credentials: 'omit',
    cache: 'no-store',
    signal: AbortSignal.timeout(PATIENCE),
  });
  if (response.ok) return response;
  const problem = await response.json().catch(() => ({}));
  const refused = new Refused(response.status, problem.code, problem.detail ?? `The server answered ${response.status}.`);
  if (response.status === 401 && path !== '/page/session') lock(refused.message);
  throw refused;
}

export function lock(why) {
  sessionStorage.removeItem(TOKEN);
  onLocked(why);
}
