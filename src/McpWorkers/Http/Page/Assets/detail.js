// One worker, or one run of the history: who it is, what it writes, and what can be done with it.

import { getIfThere, getText, post, Refused } from './api.js';
import { patch } from './diff.js';
import { $, el, note, setData, setText, visible } from './dom.js';
import { ask, confirm, showNode } from './dialogs.js';
import * as format from './format.js';
import * as log from './log.js';
import { now, painter, soon } from './paint.js';
import { elapsed, isBusy, onEvent, refresh, state, workers } from './state.js';

const PATCH_MAX = 200_000;

// A run of the history that is looked at; null while the worker's own run is.
let pastRun = null;
let result = null;

export function start() {
  log.start($('output'), id => void onOver(id));
  painter('detail', draw);
  onEvent((kind, event) => {
    if (event.worker_id === state.selected) {
      soon('detail');
      log.poke(event.run_id);
    }
  });
  $('back').addEventListener('click', leave);
  $('cancel').addEventListener('click', () => void cancel());
  $('close').addEventListener('click', () => void close());
  $('changes').addEventListener('click', () => void changes());
  $('prompt-form').addEventListener('submit', event => { event.preventDefault(); void execute(); });
  $('prompt').addEventListener('keydown', event => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) { event.preventDefault(); void execute(); }
  });
}

/** Shows a worker, with the run that it is at or did last; or a run of before. */
export function open(workerId, runId = null) {
  state.selected = workerId;
  pastRun = runId;
  result = null;
  document.documentElement.classList.add('open');
  $('detail').hidden = false;
  now('workers');
  now('detail');
}

export function leave() {
  if ($('detail').hidden) return;
  pastRun = null;
  document.documentElement.classList.remove('open');
  $('detail').hidden = true;
  log.show(null);
  now('workers');
  $('workers').focus();
}

export const isOpen = () => !$('detail').hidden;

function draw() {
  if ($('detail').hidden) return;
  const worker = workers.get(state.selected);
  const runId = pastRun ?? worker?.run_id ?? null;
  if (runId === null && !worker) { leave(); return; }
  if (runId !== log.current()) { result = null; log.show(runId); }
  const status = pastRun && result ? result.status : worker?.status ?? result?.status ?? '';
  setText($('detail-title'), pastRun ?? state.selected);
  setText($('detail-status'), status);
  setData($('detail-status'), 'status', status);
  setText($('detail-facts'), visible(pastRun ? factsOfRun() : factsOf(worker)));
  $('cancel').disabled = !worker || !(isBusy(worker) || worker.waiting > 0);
  $('close').disabled = !worker;
  $('changes').disabled = !worker;
  $('prompt-form').hidden = !worker || pastRun !== null;
}

function factsOf(worker) {
  if (!worker) return 'This worker is closed.';
  return [
    worker.worker_type,
    worker.model,
    worker.working_directory,
    worker.launcher === 'process' ? null : worker.image ?? worker.launcher,
    worker.run_id ? format.seconds(elapsed(worker)) : null,
    worker.total_tokens ? `${format.count(worker.total_tokens)} tokens` : null,
    worker.simulated ? 'simulated' : null,
    result?.error && !isBusy(worker) ? result.error : null,
  ].filter(Boolean).join(' · ');
}

function factsOfRun() {
  if (!result) return state.selected;
  return [state.selected, format.seconds(result.duration_seconds), result.metadata?.outcome, result.error].filter(Boolean).join(' · ');
}

async function onOver(runId) {
  try {
    const run = await getIfThere(`/runs/${runId}`);
    if (log.current() === runId && run) { result = { ...run.result, status: run.status }; soon('detail'); }
  } catch (error) {
    if (!(error instanceof Refused)) return;
    note(error.message, true);
  }
}

async function execute() {
  const prompt = $('prompt').value;
  if (!prompt.trim() || !state.selected) return;
  await told(async () => {
    await post(`/workers/${state.selected}/execute`, { prompt, wait: false });
    $('prompt').value = '';
  });
}

export async function cancel() {
  const worker = workers.get(state.selected);
  if (!worker || $('cancel').disabled) return;
  if (await confirm(`Cancel the run of ${worker.worker_id}?`, 'It is stopped with all that it started; what it said until then is kept.', 'Cancel the run', 'Let it go on')) {
    await told(() => post(`/workers/${worker.worker_id}/cancel`));
  }
}

export async function close() {
  const worker = workers.get(state.selected);
  if (!worker) return;
  if (await confirm(`Close ${worker.worker_id}?`, isBusy(worker) ? 'Its run is stopped.' : 'Its results stay in the history.', 'Close it', 'Keep it')) {
    await told(async () => {
      await ask('DELETE', `/workers/${worker.worker_id}`);
      workers.delete(worker.worker_id);
      leave();
    });
  }
}

async function changes() {
  const id = state.selected;
  await told(async () => {
    const { text, isWhole } = await getText(`/workspaces/${id}/diff`, PATCH_MAX);
    showNode(`Changes of ${id}`, el('div', {}, text === '' ? el('p', { text: 'Nothing was changed.' }) : patch(text, PATCH_MAX),
      isWhole ? null : el('p', { class: 'dim', text: `All of it: mcpworkers workers diff ${id}` })));
  });
}

/** Does it, and says why not where it is refused. */
async function told(action) {
  try {
    await action();
    refresh();
  } catch (error) {
    note(error.message, true);
  }
}
