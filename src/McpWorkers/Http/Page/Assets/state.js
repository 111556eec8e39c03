// What the page knows of the workers: the list as the server gave it, changed by events as they come, read anew now and then for what no event
// tells (tokens, load).

import { get } from './api.js';
import { soon } from './paint.js';

const LIST_GAP = 1000;
const LIST_ANYWAY = 5000;
const BUSY = new Set(['running', 'starting']);

export const workers = new Map();
export const state = { selected: null, health: null, isLive: false };

const listeners = new Set();
let asked = 0;
let healthAsked = -Infinity;
let isAsking = false;
let isWanted = false;

export const isBusy = worker => BUSY.has(worker.status);

/** In seconds; goes on by itself while a worker is at work. */
export function elapsed(worker) {
  return (worker.elapsed_seconds ?? 0) + (isBusy(worker) ? (performance.now() - worker.seen) / 1000 : 0);
}

/** Called with each event: (kind, event). Must be quick. */
export function onEvent(listener) {
  listeners.add(listener);
}

export function apply(kind, event) {
  // What tasks and the queue do shows in the workers that are at it.
  if (kind !== 'gap' && !event.worker_id) return;
  if (kind === 'gap') {
    refresh();
  } else if (kind === 'closed') {
    workers.delete(event.worker_id);
  } else {
    const worker = workers.get(event.worker_id);
    if (worker) {
      worker.status = event.status;
      worker.activity = event.text;
      if (kind === 'started') {
        worker.run_id = event.run_id;
        worker.elapsed_seconds = 0;
        worker.seen = performance.now();
      }
    }
    if (kind !== 'activity' || !worker) refresh();
  }
  listeners.forEach(listener => listener(kind, event));
  soon('workers');
}

/** Reads the list, now or as soon as the last time is long enough ago. */
export function refresh() {
  isWanted = true;
  if (!isAsking) void ask();
}

setInterval(() => {
  if (!document.hidden && state.isLive) {
    soon('workers');
    if (performance.now() - asked > LIST_ANYWAY) refresh();
  }
}, 1000);

async function ask() {
  isAsking = true;
  try {
    while (isWanted) {
      const wait = asked + LIST_GAP - performance.now();
      if (wait > 0 && asked > 0) await new Promise(resolve => setTimeout(resolve, wait));
      isWanted = false;
      asked = performance.now();
      // Health looks for the executables of all types: not with every list.
      const isHealthOld = asked - healthAsked > LIST_ANYWAY;
      if (isHealthOld) healthAsked = asked;
      const [list, health] = await Promise.all([get('/workers'), isHealthOld ? get('/health') : state.health]);
      take(list);
      state.health = health;
      soon('workers');
    }
  } catch {
    // The event stream notices what is wrong, and has the list read again.
  } finally {
    isAsking = false;
  }
}

function take(list) {
  const seen = performance.now();
  const known = new Map(list.map(worker => [worker.worker_id, { ...worker, seen }]));
  workers.clear();
  known.forEach((worker, id) => workers.set(id, worker));
}
