// What workers ask, above all views: nobody should have to look for it. A card is made once and never changed under a hand that is about to press
// a button on it; what it decides is bound to what it shows by its digest.

import { get, getIfThere, post } from './api.js';
import { $, el, note, revealed, setText } from './dom.js';
import { soon, painter } from './paint.js';
import { state } from './state.js';

const ANYWAY = 15_000;
const GONE_AFTER = 4000;
// So many cards are made at once; the rest is a button away, and counted all the same.
const STEP = 100;
const PAGE = 200;
const TITLE = document.title;
const NEWS = new Set(['request_asked', 'request_decided', 'gap', 'settled', 'task_parked', 'task_waiting', 'task_started', 'task_cancelled']);
const SAYS = { question: 'asks', permission: 'asks leave to use', budget: 'has spent what it may', approval: 'waits for leave to begin' };

const cards = new Map();
let isAsking = false;
let isWanted = false;
let waiting = 0;
let most = STEP;
let more = null;

export function start() {
  painter('requests', draw);
  setInterval(() => {
    if (document.hidden || !state.isLive) return;
    refresh();
    soon('requests');
  }, ANYWAY);
}

/** Each event of the stream. Must be quick. */
export function heard(kind) {
  if (NEWS.has(kind)) refresh();
}

export const count = () => waiting;

/** Goes to the first one that waits. */
export function focus() {
  const first = [...cards.values()].find(card => card.isPending);
  first?.node.querySelector('input, button')?.focus();
}

/** Reads what waits, now or as soon as the reading under way is over. */
export function refresh() {
  isWanted = true;
  if (!isAsking) void ask();
}

async function ask() {
  isAsking = true;
  try {
    while (isWanted) {
      isWanted = false;
      const requests = await all();
      if (requests) await take(requests);
    }
  } catch {
    // The event stream notices what is wrong, and has it read again.
  } finally {
    isAsking = false;
  }
}

/** All that waits, in the order of asking: the first are the first to expire. Null where this server knows no requests. */
async function all() {
  const requests = [];
  let before = null;
  do {
    const page = await getIfThere(`/requests?limit=${PAGE}${before ? `&before=${encodeURIComponent(before)}` : ''}`);
    if (!page) return null;
    requests.push(...page.requests);
    before = page.next_before;
  } while (before);
  return requests.reverse();
}

async function take(requests) {
  const known = new Set(requests.map(request => request.request_id));
  for (const [id, card] of cards) {
    if (card.isPending && !known.has(id)) void decided(id, card);
  }
  waiting = requests.length;
  // What is new comes below what is there.
  for (const request of requests.slice(0, most)) {
    if (cards.has(request.request_id)) continue;
    // Nobody is to decide what he has not seen whole.
    const isCut = request.text_length || request.input_length;
    const whole = isCut ? await get(`/requests/${request.request_id}`) : request;
    const card = { isPending: true, expires: Date.parse(request.expires), node: null, left: null };
    cards.set(request.request_id, card);
    make(card, whole);
    $('requests').insertBefore(card.node, more);
  }
  offer(waiting - Math.min(waiting, most));
  soon('requests');
  soon('figures');
}

function offer(rest) {
  more ??= $('requests').appendChild(el('button', { type: 'button', class: 'more', onclick: () => { most += STEP; refresh(); } }));
  more.hidden = rest === 0;
  setText(more, `${rest} more wait: show the next ${Math.min(rest, STEP)}`);
}

function make(card, request) {
  const isQuestion = request.kind === 'question';
  card.left = el('span', { class: 'dim left' });
  card.word = el('input', {
    class: 'operate', spellcheck: 'true', autocomplete: 'off', 'aria-label': isQuestion ? 'Answer' : 'A word to the worker',
    placeholder: isQuestion ? 'Answer' : 'A word to the worker, if you like',
  });
  const decide = (decision, answer) => void send(card, request, decision, answer);
  const buttons = isQuestion
    ? [
      ...request.options.map(option => el('button', { type: 'button', class: 'operate', text: revealed(option), onclick: () => decide(null, option) })),
      card.word,
      el('button', { type: 'submit', class: 'primary operate', text: 'Answer' }),
      el('button', { type: 'button', class: 'operate', text: 'No answer', onclick: () => decide('deny', card.word.value) }),
    ]
    : [
      el('button', { type: 'button', class: 'primary operate', text: 'Allow', onclick: () => decide('allow', card.word.value) }),
      el('button', { type: 'button', class: 'danger operate', text: 'Deny', onclick: () => decide('deny', card.word.value) }),
      card.word,
    ];
  card.node = el('form', {
    class: 'request', data: { request: request.request_id, kind: request.kind },
    onsubmit: event => {
      event.preventDefault();
      // Enter in the field of a permission decides nothing: that takes a button.
      if (isQuestion && card.word.value.trim()) decide(null, card.word.value);
    },
  },
    el('p', { class: 'who' },
      el('b', { text: revealed(request.worker_id ?? request.task_id ?? '') }), ` ${SAYS[request.kind] ?? request.kind} `,
      request.tool && el('b', { text: revealed(request.tool) }), card.left),
    el('p', { class: 'asks', text: revealed(request.text) }),
    request.input && el('pre', { class: 'asks', tabindex: '0', text: revealed(request.input) }),
    request.working_directory && el('p', { class: 'dim', text: `in ${revealed(request.working_directory)}` }),
    request.why && el('p', { class: 'dim', text: `no rule decided it: ${revealed(request.why)}` }),
    el('p', { class: 'bar' }, buttons));
}

async function send(card, request, decision, answer) {
  if (!card.isPending) return;
  const body = { digest: request.digest };
  if (decision) body.decision = decision;
  if (answer?.trim()) body.answer = answer;
  disable(card, true);
  try {
    await post(`/requests/${request.request_id}`, body);
    refresh();
  } catch (error) {
    note(error.message, true);
    disable(card, false);
    refresh();
  }
}

/** It stays for a moment, so that what is below it does not jump under a hand. */
async function decided(id, card) {
  card.isPending = false;
  disable(card, true);
  card.node.classList.add('decided');
  setTimeout(() => { card.node.remove(); cards.delete(id); soon('requests'); }, GONE_AFTER);
  try {
    const now = await get(`/requests/${id}`);
    card.left.textContent = ` ${now.state} by ${revealed(now.decided_by)}`;
  } catch {
    card.left.textContent = ' decided';
  }
}

function disable(card, isOff) {
  card.node.querySelectorAll('button, input').forEach(each => { each.disabled = isOff; });
}

function draw() {
  $('requests').hidden = cards.size === 0;
  for (const card of cards.values()) {
    if (card.isPending) card.left.textContent = ` · ${left(card.expires - Date.now())} left`;
  }
  const title = waiting > 0 ? `(${waiting}) ${TITLE}` : TITLE;
  if (document.title !== title) document.title = title;
}

function left(milliseconds) {
  const minutes = Math.ceil(milliseconds / 60_000);
  return minutes > 90 ? `${Math.round(minutes / 60)} h` : `${Math.max(0, minutes)} min`;
}
