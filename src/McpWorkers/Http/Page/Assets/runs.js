// Runs of before: a table, newest first, page by page.

import { getIfThere } from './api.js';
import { $, el, note, options, visible } from './dom.js';
import * as format from './format.js';

const PAGE = 100;
const STATUSES = ['running', 'pending', 'completed', 'failed', 'timeout', 'cancelled'];

let before = null;
let openRun = () => { };

/** @param opened Called with (worker id, run id) of the run that a person chose. */
export function start(opened) {
  openRun = opened;
  options($('history-status'), [['', 'all'], ...STATUSES.map(status => [status, status])]);
  options($('history-since'), [['', 'ever'], ['15m', '15 minutes'], ['1h', '1 hour'], ['24h', '24 hours'], ['7d', '7 days'], ['30d', '30 days']]);
  options($('history-type'), [['', 'all']]);
  $('history-form').addEventListener('submit', event => event.preventDefault());
  $('history-form').addEventListener('change', () => void load(null));
  $('newest').addEventListener('click', () => void load(null));
  $('older').addEventListener('click', () => void load(before));
}

/** The types that can be chosen. */
export function types(names) {
  const select = $('history-type');
  if (select.options.length === names.length + 1) return;
  const chosen = select.value;
  options(select, [['', 'all'], ...names.map(name => [name, name])]);
  select.value = chosen;
}

/** Reads the first page again, unless an older one is looked at. */
export async function refresh() {
  if ($('newest').hidden) await load(null);
}

async function load(from) {
  const query = new URLSearchParams({ limit: String(PAGE) });
  for (const [name, id] of [['status', 'history-status'], ['type', 'history-type'], ['since', 'history-since'], ['worker_id', 'history-worker']]) {
    if ($(id).value.trim()) query.set(name, $(id).value.trim());
  }
  if (from) query.set('before', from);
  try {
    const page = await getIfThere(`/runs?${query}`);
    draw(page);
    before = page?.next_before ?? null;
    $('older').hidden = before === null;
    $('newest').hidden = from === null;
  } catch (error) {
    note(error.message, true);
  }
}

function draw(page) {
  const table = $('runs');
  if (page === null) {
    table.replaceChildren(el('caption', { class: 'empty', text: 'This server keeps no history that can be asked for.' }));
    return;
  }
  if (page.runs.length === 0) {
    table.replaceChildren(el('caption', { class: 'empty', text: 'No runs.' }));
    return;
  }
  const focused = document.activeElement?.dataset?.run;
  table.replaceChildren(
    el('thead', {}, el('tr', {}, [['Accepted'], ['Run'], ['Type'], ['Status'], ['Time', 'n'], ['Tokens', 'n'], ['in', 'n'], ['out', 'n'], ['Cost', 'n'], ['How it ended']]
      .map(([title, name]) => el('th', { class: name, text: title, scope: 'col' })))),
    el('tbody', {}, page.runs.map(rowOf)));
  // Drawn anew under somebody's keyboard: the focus stays where it was.
  if (focused) table.querySelector(`button[data-run="${CSS.escape(focused)}"]`)?.focus();
}

function rowOf(run) {
  const end = run.error ?? [run.outcome === run.status ? null : run.outcome, run.reason].filter(Boolean).join(': ');
  return el('tr', {},
    el('td', { class: 'mono', text: format.time(run.accepted_at) }),
    el('td', {}, el('button', { type: 'button', class: 'link', data: { run: run.run_id }, title: run.worker_id, text: run.run_id, onclick: () => openRun(run.worker_id, run.run_id) })),
    el('td', { text: visible(run.worker_type) }),
    el('td', {}, el('span', { class: 'status', data: { status: run.status }, text: run.status })),
    el('td', { class: 'n', text: format.seconds(run.duration_seconds) }),
    el('td', { class: 'n', text: format.count(run.tokens?.total) }),
    el('td', { class: 'n', text: format.count(run.tokens?.input) }),
    el('td', { class: 'n', text: format.count(run.tokens?.output) }),
    el('td', { class: 'n', text: format.cost(run.cost_usd) }),
    el('td', { class: 'wide', title: visible(end), text: visible(end) }));
}
