// What is asked before something is done: spawning, confirming; and the list of keys.

import { post, remove } from './api.js';
import { $, el, note } from './dom.js';
import { refresh, state } from './state.js';

const KEYS = [
  ['1 … 5', 'workers, history, timeline, usage, machine'],
  ['↑ ↓, j k', 'choose a worker'],
  ['Enter', 'show what it writes'],
  ['Esc', 'back'],
  ['/', 'filter'],
  ['n', 'spawn workers'],
  ['p', 'write a prompt; Ctrl+Enter runs it'],
  ['c', 'cancel the run'],
  ['x', 'close the worker'],
  ['r', 'what waits for an answer'],
  ['t', 'dark or light'],
  ['?', 'these keys'],
];

export const isOpen = () => $('dialog').open;

export const ask = (method, path) => method === 'DELETE' ? remove(path) : post(path);

/** Resolves to whether the person said yes. */
export function confirm(title, text, yes, no) {
  return new Promise(resolve => {
    let answer = false;
    const stay = el('button', { type: 'button', text: no, onclick: () => $('dialog').close() });
    const go = el('button', { type: 'button', class: 'danger', text: yes, onclick: () => { answer = true; $('dialog').close(); } });
    open(title, [el('p', { text }), el('div', { class: 'buttons' }, stay, go)], () => resolve(answer));
    go.focus();
  });
}

export function showNode(title, node) {
  open(title, [node, buttons()], () => { }, true);
}

export function keys() {
  const rows = KEYS.map(([key, what]) => el('tr', {}, el('td', {}, el('kbd', { text: key })), el('td', { text: what })));
  open('Keys', [el('table', {}, rows), buttons()], () => { });
}

/** @param spawned Called with the ids of the new workers. */
export function spawn(spawned) {
  const types = state.health?.worker_types ?? [];
  const type = el('select', { id: 'spawn-type' }, types.map(each => el('option', {
    value: each.name, text: each.available ? each.name : `${each.name} (not installed)`, title: each.missing, disabled: !each.available,
    selected: each.name === state.health.default_worker_type,
  })));
  // The default may be missing here: then the first that is not.
  if (type.selectedOptions[0]?.disabled !== false) type.value = types.find(each => each.available)?.name ?? '';
  const count = el('input', { id: 'spawn-count', type: 'number', min: 1, max: 50, value: 1, required: true });
  const place = el('input', { id: 'spawn-directory', spellcheck: 'false', placeholder: 'absolute path on the server' });
  place.value = lastDirectory;
  const model = el('input', { id: 'spawn-model', spellcheck: 'false', placeholder: "the type's own" });
  const permission = el('select', { id: 'spawn-permission' }, [['', "the type's own"], ['read_only', 'read only'], ['edit', 'edit'], ['ask', 'ask'], ['full', 'full']]
    .map(([value, label]) => el('option', { value, text: label })));
  const workspace = el('select', { id: 'spawn-workspace' }, [['', 'the directory itself'], ['worktree', 'a git worktree for each']]
    .map(([value, label]) => el('option', { value, text: label })));
  const prompt = el('textarea', { id: 'spawn-prompt', rows: 3, placeholder: 'None: they wait for one' });
  const why = el('p', { role: 'alert' });
  const go = el('button', { type: 'submit', class: 'primary', text: 'Spawn' });
  const form = el('form', {
    onsubmit: event => { event.preventDefault(); void submit(); },
    onkeydown: event => { if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) { event.preventDefault(); form.requestSubmit(); } },
  },
    el('div', { class: 'fields' },
      field('Type', type), field('How many', count), field('Directory', place), field('Model', model),
      field('May', permission), field('Works in', workspace), field('Prompt', prompt)),
    why,
    el('div', { class: 'buttons' }, el('button', { type: 'button', text: 'Not now', onclick: () => $('dialog').close() }), go));
  open('Spawn workers', [form], () => { });
  type.focus();

  async function submit() {
    go.disabled = true;
    why.textContent = '';
    lastDirectory = place.value.trim();
    const wanted = { worker_type: type.value, count: Number(count.value), working_directory: lastDirectory, model: model.value.trim(), permission: permission.value, workspace: workspace.value };
    try {
      const ids = await post('/workers', Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== '')));
      $('dialog').close();
      refresh();
      spawned(ids);
      const text = prompt.value;
      if (text.trim()) await Promise.all(ids.map(id => post(`/workers/${id}/execute`, { prompt: text, wait: false })));
    } catch (error) {
      if ($('dialog').open) why.textContent = error.message;
      else note(error.message, true);
      go.disabled = false;
    }
  }
}

let lastDirectory = '';

function field(label, input) {
  return [el('label', { text: label, for: input.id }), input];
}

function buttons() {
  return el('div', { class: 'buttons' }, el('button', { type: 'button', text: 'Close', onclick: () => $('dialog').close() }));
}

function open(title, content, closed, isWide = false) {
  const dialog = $('dialog');
  dialog.classList.toggle('wide', isWide);
  dialog.replaceChildren(el('h2', { id: 'dialog-title', text: title }), ...content);
  dialog.addEventListener('close', () => { dialog.replaceChildren(); closed(); }, { once: true });
  dialog.showModal();
}
