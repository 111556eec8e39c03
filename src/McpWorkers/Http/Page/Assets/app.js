// The page put together: the way in, the views, the keys, and the one line in which it says how it stands.

import { enter, scope, whenLocked } from './api.js';
import * as detail from './detail.js';
import * as dialogs from './dialogs.js';
import { $, note, setData, setText } from './dom.js';
import { follow } from './events.js';
import * as format from './format.js';
import * as log from './log.js';
import * as machine from './machine.js';
import { painter, soon } from './paint.js';
import * as requests from './requests.js';
import * as runs from './runs.js';
import { apply, onEvent, refresh, state, workers } from './state.js';
import * as timeline from './timeline.js';
import * as usage from './usage.js';
import * as list from './workers.js';

const VIEWS = ['workers', 'history', 'timeline', 'usage', 'machine'];
const LOAD_EVERY = 5000;
const VIEW_EVERY = 10_000;
const VIEW_GAP = 1500;
const THEME = 'mcpworkers.theme';

const refreshers = { history: runs.refresh, timeline: timeline.refresh, usage: usage.refresh, machine: machine.refresh };
let view = 'workers';
let viewRead = 0;
let isViewDue = false;

list.start((id, goes) => {
  // A key that walks the list shows the next worker where there is room beside it.
  if (goes || (detail.isOpen() && matchMedia('(min-width: 761px)').matches)) detail.open(id);
  else { state.selected = id; soon('workers'); }
  if (goes && matchMedia('(max-width: 760px)').matches) $('output').focus();
});
detail.start();
runs.start(openRun);
timeline.start(openRun);
usage.start();
requests.start();
painter('figures', figures);
onEvent(kind => {
  soon('figures');
  if (kind === 'settled' || kind === 'started') isViewDue = true;
});

$('tabs').addEventListener('click', event => { if (event.target.dataset.tab) go(event.target.dataset.tab); });
$('tabs').addEventListener('keydown', event => {
  const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (by) { go(VIEWS[(VIEWS.indexOf(view) + by + VIEWS.length) % VIEWS.length]); tabOf(view).focus(); }
});
$('spawn').addEventListener('click', spawn);
$('help').addEventListener('click', dialogs.keys);
$('theme').addEventListener('click', turnTheme);
$('unlock').addEventListener('submit', event => { event.preventDefault(); void unlock($('unlock-code').value); });
document.addEventListener('keydown', onKey);
addEventListener('hashchange', onAddress);
whenLocked(why => {
  $('locked').hidden = false;
  setText($('locked-why'), why);
  connection('locked', 'no key');
});

if (localStorage.getItem(THEME)) document.documentElement.dataset.theme = localStorage.getItem(THEME);
await onAddress();
document.documentElement.dataset.scope = scope();
follow({
  begun() {
    state.isLive = true;
    connection('live', 'live');
    refresh();
    requests.refresh();
    log.again();
    void readLoad();
    isViewDue = true;
  },
  happened(kind, event) {
    apply(kind, event);
    requests.heard(kind);
  },
  lost() {
    state.isLive = false;
    if ($('locked').hidden) connection('lost', 'reconnecting');
  },
});
setInterval(() => { if (!document.hidden && state.isLive) void readLoad(); }, LOAD_EVERY);
setInterval(() => {
  const age = performance.now() - viewRead;
  if (!document.hidden && state.isLive && refreshers[view] && (age > VIEW_EVERY || (isViewDue && age > VIEW_GAP))) readView();
  soon('figures');
  if (detail.isOpen()) soon('detail');
}, 500);

async function onAddress() {
  const parameters = new URLSearchParams(location.hash.slice(1));
  const code = parameters.get('code');
  if (code) {
    // First of all out of the address bar and the history.
    history.replaceState(null, '', `${location.pathname}#workers`);
    await unlock(code);
  }
  go(VIEWS.includes(location.hash.slice(1)) ? location.hash.slice(1) : 'workers');
}

async function unlock(text) {
  try {
    await enter(text.split('#code=').pop().trim());
    $('locked').hidden = true;
    $('unlock-code').value = '';
    document.documentElement.dataset.scope = scope();
    dispatchEvent(new Event('mcpworkers-entered'));
  } catch (error) {
    $('locked').hidden = false;
    setText($('locked-why'), error.message);
  }
}

function go(name) {
  view = name;
  for (const each of VIEWS) {
    $(`view-${each}`).hidden = each !== name;
    const tab = tabOf(each);
    tab.setAttribute('aria-selected', String(each === name));
    tab.tabIndex = each === name ? 0 : -1;
  }
  if (location.hash.slice(1) !== name) history.replaceState(null, '', `${location.pathname}#${name}`);
  if (state.isLive && refreshers[name]) readView();
  soon('workers');
}

function tabOf(name) {
  return $('tabs').querySelector(`[data-tab="${name}"]`);
}

function readView() {
  viewRead = performance.now();
  isViewDue = false;
  void refreshers[view]();
}

function openRun(workerId, runId) {
  go('workers');
  detail.open(workerId, workers.get(workerId)?.run_id === runId ? null : runId);
  $('output').focus();
}

function spawn() {
  if (scope() === 'read') { note('This page may only look: it was opened with --read-only.', true); return; }
  dialogs.spawn(ids => {
    note(`Spawned ${ids.length === 1 ? ids[0] : `${ids.length} workers`}.`);
    state.selected = ids[0];
    $('workers').focus();
  });
}

function onKey(event) {
  const target = event.target;
  if (dialogs.isOpen() || !$('locked').hidden || event.ctrlKey || event.metaKey || event.altKey) return;
  const isTyping = target.matches('input:not([type="checkbox"]), textarea, select');
  if (event.key === 'Escape') {
    if (isTyping) { target.blur(); $('workers').focus(); } else if (view === 'workers') detail.leave();
    return;
  }
  if (isTyping) return;
  const action = {
    j: () => list.move(1), k: () => list.move(-1), n: spawn, c: () => void detail.cancel(), x: () => void detail.close(), '?': dialogs.keys, t: turnTheme, r: requests.focus,
    '/': () => { go('workers'); $('filter').focus(); },
    p: () => { if (state.selected) { go('workers'); detail.open(state.selected); $('prompt').focus(); } },
  }[event.key] ?? (event.key >= '1' && event.key <= '5' ? () => go(VIEWS[event.key - 1]) : null);
  if (action) {
    event.preventDefault();
    action();
  }
}

function turnTheme() {
  const root = document.documentElement;
  const isDark = (root.dataset.theme ?? (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light')) === 'dark';
  root.dataset.theme = isDark ? 'light' : 'dark';
  localStorage.setItem(THEME, root.dataset.theme);
}

async function readLoad() {
  await machine.read();
  soon('figures');
}

function connection(kind, text) {
  setData($('connection'), 'state', kind);
  setText($('connection'), text);
}

function figures() {
  const all = [...workers.values()];
  const load = machine.system?.machine;
  const parts = state.health && state.health.status !== 'healthy' ? [state.health.status] : [];
  parts.push(`${all.filter(worker => worker.status === 'running').length} at work`, `${all.length} workers`);
  if (requests.count() > 0) parts.unshift(`${requests.count()} waiting for you`);
  if (state.health?.runs_waiting) parts.push(`${state.health.runs_waiting} waiting`);
  if (list.cost() > 0) parts.push(format.cost(list.cost()));
  if (load) parts.push(`CPU ${format.percent(load.cpu_percent)}`, `memory ${format.bytes(load.memory_used_bytes)}`);
  // The rest is under Machine; a disk that is nearly full must not wait until somebody looks there.
  if (load?.disk_free_bytes < load?.disk_total_bytes / 20) parts.unshift(`disk nearly full: ${format.bytes(load.disk_free_bytes)} free`);
  setText($('figures'), parts.join(' · '));
  runs.types((state.health?.worker_types ?? []).map(type => type.name));
}
