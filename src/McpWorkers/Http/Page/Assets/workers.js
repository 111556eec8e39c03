// The list. Only the rows that can be seen are in the document, however many workers there are, and a cell is touched only where it changed.

import { $, el, setData, setText, visible } from './dom.js';
import * as format from './format.js';
import { now, painter } from './paint.js';
import { elapsed, isBusy, state, workers } from './state.js';

const ROW = 34;
const BEYOND = 3;

const COLUMNS = [
  ['id', 'Worker', worker => worker.worker_id],
  ['type', 'Type', worker => worker.worker_type],
  ['status', 'Status', worker => worker.status],
  ['activity', 'Does now', worker => (worker.waiting > 0 ? `(${worker.waiting} waiting) ` : '') + (worker.task_id ? `${worker.task_id}: ` : '') + (worker.waiting_for ? `waits for ${worker.waiting_for.kind}: ${worker.waiting_for.text}` : worker.activity ?? '')],
  ['elapsed', 'Elapsed', worker => worker.run_id && worker.status !== 'starting' ? format.seconds(elapsed(worker)) : '–'],
  ['tokens', 'Tokens', worker => format.count(worker.total_tokens)],
  ['cost', 'Cost', worker => format.cost(worker.cost_usd)],
  ['cpu', 'CPU', worker => format.percent(worker.cpu_percent)],
  ['memory', 'Memory', worker => format.bytes(worker.memory_bytes)],
];

const pool = [];
let shown = [];
let onPicked = () => { };

/** @param picked Called with the id of the worker that a person chose, and whether to go to it. */
export function start(picked) {
  onPicked = picked;
  $('columns').append(...COLUMNS.map(([name, title]) => el('span', { class: `cell ${name}`, text: title })));
  painter('workers', draw);
  $('workers').addEventListener('scroll', () => requestAnimationFrame(() => now('workers')), { passive: true });
  $('workers').addEventListener('click', event => {
    const row = event.target.closest('.row');
    if (row?.dataset.worker) onPicked(row.dataset.worker, true);
  });
  $('workers').addEventListener('keydown', onKey);
  $('filter').addEventListener('input', () => now('workers'));
  $('busy-only').addEventListener('change', () => now('workers'));
  addEventListener('resize', () => requestAnimationFrame(() => now('workers')));
}

export const cost = () => [...workers.values()].reduce((sum, worker) => sum + (worker.cost_usd ?? 0), 0);

/** Moves the choice by so many rows. */
export function move(by) {
  if (shown.length === 0) return;
  const at = shown.findIndex(worker => worker.worker_id === state.selected);
  const next = Math.max(0, Math.min(shown.length - 1, at < 0 ? (by > 0 ? 0 : shown.length - 1) : at + by));
  const list = $('workers');
  if (next * ROW < list.scrollTop) list.scrollTop = next * ROW;
  else if ((next + 1) * ROW > list.scrollTop + list.clientHeight) list.scrollTop = (next + 1) * ROW - list.clientHeight;
  onPicked(shown[next].worker_id, false);
}

function onKey(event) {
  const page = Math.max(1, Math.floor($('workers').clientHeight / ROW) - 1);
  const by = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, End: Infinity, Home: -Infinity }[event.key];
  if (by !== undefined) {
    event.preventDefault();
    move(by);
  } else if (event.key === 'Enter' && state.selected) {
    event.preventDefault();
    onPicked(state.selected, true);
  }
}

function draw() {
  const filter = $('filter').value.trim().toLowerCase();
  const busyOnly = $('busy-only').checked;
  shown = [...workers.values()].filter(worker =>
    (!busyOnly || isBusy(worker) || worker.waiting > 0)
    && (!filter || `${worker.worker_id} ${worker.worker_type} ${worker.status} ${worker.task_id ?? ''} ${worker.activity ?? ''}`.toLowerCase().includes(filter)));
  document.documentElement.classList.toggle('loads', [...workers.values()].some(worker => worker.memory_bytes !== undefined && worker.memory_bytes !== null));

  const list = $('workers');
  const rows = $('rows');
  const height = `${shown.length * ROW}px`;
  if (rows.style.height !== height) rows.style.height = height;
  const first = Math.max(0, Math.floor(list.scrollTop / ROW) - BEYOND);
  const last = Math.min(shown.length, Math.ceil((list.scrollTop + list.clientHeight) / ROW) + BEYOND);
  for (let i = first; i < last; i++) drawRow(rowAt(i - first), shown[i], i);
  for (let i = last - first; i < pool.length; i++) pool[i].node.hidden = true;
  list.setAttribute('aria-rowcount', String(shown.length));
  const chosen = pool.find(row => !row.node.hidden && row.node.dataset.worker === state.selected);
  if (chosen) list.setAttribute('aria-activedescendant', chosen.node.id);
  else list.removeAttribute('aria-activedescendant');

  setText($('count'), shown.length === workers.size ? `${workers.size}` : `${shown.length} of ${workers.size}`);
  $('nothing').hidden = workers.size > 0 || !state.isLive;
}

function rowAt(index) {
  while (pool.length <= index) {
    const cells = COLUMNS.map(([name]) => el('span', { class: name === 'status' ? 'cell status' : `cell ${name}`, role: 'gridcell' }));
    const node = el('div', { class: 'row', role: 'row', id: `row-${pool.length}` }, cells);
    $('rows').append(node);
    pool.push({ node, cells });
  }
  return pool[index];
}

function drawRow(row, worker, index) {
  const { node, cells } = row;
  node.hidden = false;
  const place = `translateY(${index * ROW}px)`;
  if (node.style.transform !== place) node.style.transform = place;
  setData(node, 'worker', worker.worker_id);
  const isChosen = String(worker.worker_id === state.selected);
  if (node.getAttribute('aria-selected') !== isChosen) node.setAttribute('aria-selected', isChosen);
  node.setAttribute('aria-rowindex', String(index + 1));
  COLUMNS.forEach(([name, , textOf], i) => {
    setText(cells[i], visible(textOf(worker)).replace(/\s+/g, ' '));
    if (name === 'status') setData(cells[i], 'status', worker.status);
  });
}
