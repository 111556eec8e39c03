// The event stream, by fetch: EventSource cannot send a token in a header. It begins with what happens from now on, and whoever listens reads all
// anew each time it begins: so there is no hole, whatever was missed, and a server that was started again is no other case than a lost line.

import { headers, lock } from './api.js';

const FIRST_PAUSE = 300;
const LAST_PAUSE = 4000;
const SILENCE = 40_000;
const HIDDEN_FOR = 30_000;

/** Calls begun() each time the stream begins, happened(event) for each event, lost() each time it ends. Goes on until the page is left. */
export function follow({ begun, happened, lost }) {
  let pause = FIRST_PAUSE;
  let ending = null;
  let wake = null;

  document.addEventListener('visibilitychange', () => {
    if (document.hidden) {
      // A browser opens six connections to a server and no more, for all its tabs: one that nobody looks at gives its own back.
      setTimeout(() => { if (document.hidden) ending?.abort('hidden'); }, HIDDEN_FOR);
    } else {
      wake?.();
    }
  });
  void run();

  async function run() {
    for (;;) {
      if (document.hidden) await new Promise(resolve => { wake = resolve; });
      try {
        await once();
      } catch (error) {
        if (error?.status === 401) {
          lock('The key of this page is of no more use.');
          await new Promise(resolve => { wake = resolve; addEventListener('mcpworkers-entered', resolve, { once: true }); });
        }
      }
      lost();
      await new Promise(resolve => { wake = resolve; setTimeout(resolve, pause); });
      pause = Math.min(LAST_PAUSE, pause * 2);
    }
  }

  async function once() {
    ending = new AbortController();
    let heard = performance.now();
    const watch = setInterval(() => { if (performance.now() - heard > SILENCE) ending.abort('silent'); }, 5000);
    try {
      const response = await fetch('/api/v1/events', { headers: headers(), credentials: 'omit', cache: 'no-store', signal: ending.signal });
      if (!response.ok) throw Object.assign(new Error(`status ${response.status}`), { status: response.status });
      pause = FIRST_PAUSE;
      begun();
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      let rest = '';
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        heard = performance.now();
        const blocks = (rest + value).split('\n\n');
        rest = blocks.pop();
        blocks.forEach(tell);
      }
    } finally {
      clearInterval(watch);
    }
  }

  function tell(block) {
    let kind = 'message';
    let data = '';
    for (const line of block.split('\n')) {
      if (line.startsWith('event: ')) kind = line.slice(7);
      else if (line.startsWith('data: ')) data += line.slice(6);
    }
    if (data) happened(kind, JSON.parse(data));
  }
}
