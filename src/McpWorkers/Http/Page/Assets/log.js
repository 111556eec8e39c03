// What one run writes, read from its log by cursor and shown as it grows: text as text, tool calls folded, changes coloured.

import { get } from './api.js';
import { diffOf, isPatch, patch } from './diff.js';
import { el, note, visible } from './dom.js';
import { painter, soon } from './paint.js';

const PAGE = 1000;
const LOOK = 2000;
const GAP = 250;
const ENTRIES_MAX = 400;
const CHARACTERS_MAX = 20_000;

let box;
let run = null;
let onOver = () => { };

/** @param output The element for it. @param over Called with a run's id when it is read to its end. */
export function start(output, over) {
  box = output;
  onOver = over;
  painter('log', draw);
}

export const current = () => run?.id ?? null;

/** Shows a run from its beginning, or nothing (null). */
export function show(id) {
  if (run?.id === id) return;
  run?.wake?.();
  box.replaceChildren();
  run = id === null ? null : { id, cursor: 0, fresh: [], left: 0, isOver: false, isHeld: true, calls: { last: null, session: null }, wake: null };
  if (run) void read(run);
}

/** Something happened in that run. */
export function poke(id) {
  if (run?.id === id) run.wake?.();
}

/** Reads anew what may have come while the server was away. */
export function again() {
  run?.wake?.();
}

async function read(mine) {
  while (mine === run && !mine.isOver) {
    let isMore = false;
    try {
      const page = await get(`/runs/${mine.id}/log?cursor=${mine.cursor}&lines=${PAGE}`);
      if (mine !== run) return;
      isMore = page.next_cursor > mine.cursor;
      mine.cursor = page.next_cursor;
      mine.isOver = page.over;
      if (page.lines.length > 0) take(mine, page.lines);
    } catch (error) {
      if (error.status === 404 || error.status === 400) {
        note(error.message, true);
        return;
      }
      // The server is away: looked at again when it is back, or a little later.
    }
    if (mine.isOver) onOver(mine.id);
    else await rest(mine, isMore ? GAP : LOOK);
  }
}

/** Until something happens in the run, but not less than the gap; at most so long. */
async function rest(mine, longest) {
  await new Promise(resolve => setTimeout(resolve, GAP));
  if (longest > GAP) await new Promise(resolve => { mine.wake = resolve; setTimeout(resolve, longest); });
  mine.wake = null;
}

function take(mine, lines) {
  mine.fresh.push(...lines);
  // Of a long log the end is what is looked at; the beginning is on the command line.
  if (mine.fresh.length > ENTRIES_MAX) mine.left += mine.fresh.splice(0, mine.fresh.length - ENTRIES_MAX).length;
  soon('log');
}

function draw() {
  if (!run || run.fresh.length === 0) return;
  const isAtEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 40;
  const entries = document.createDocumentFragment();
  for (const line of run.fresh) {
    const entry = entryOf(line, run.calls);
    if (entry) entries.append(entry);
  }
  run.fresh = [];
  box.append(entries);
  const head = box.querySelector(':scope > .left-out');
  const over = box.childElementCount - ENTRIES_MAX - (head ? 1 : 0);
  for (let i = 0; i < over; i++) (head ? head.nextElementSibling : box.firstElementChild).remove();
  run.left += Math.max(0, over);
  if (run.left > 0) {
    const text = `${run.left} earlier entries are not shown: mcpworkers workers logs ${run.id}`;
    if (head) head.textContent = text;
    else box.prepend(el('p', { class: 'small left-out', text }));
  }
  if (isAtEnd) box.scrollTop = box.scrollHeight;
}

function entryOf({ kind, text }, calls) {
  switch (kind) {
    case 'text': return isPatch(text) ? patch(text, CHARACTERS_MAX) : el('div', { class: 'text', text: cut(text) });
    case 'tool_call': return callOf(text, calls);
    case 'tool_result': return resultOf(text, calls, false);
    case 'tool_error': return resultOf(text, calls, true);
    case 'thinking': return folded('thinks', firstLine(text), el('pre', { text: cut(text) }), 'thinking');
    case 'result': return el('p', { class: `small ${text === 'success' ? '' : 'bad'}`, text: text === 'success' ? 'done' : `ended: ${text}` });
    case 'session': return sessionOf(text, calls);
    default: return el('p', { class: 'bad', text: `${kind}: ${cut(text)}` });
  }
}

/** Agents say it with each turn; once is enough. */
function sessionOf(text, calls) {
  const id = text.split(' ')[0];
  if (calls.session === id) return null;
  calls.session = id;
  return el('p', { class: 'small', text: `session ${visible(text)}` });
}

function callOf(text, calls) {
  const space = text.indexOf(' ');
  const tool = space < 0 ? text : text.slice(0, space);
  const input = space < 0 ? '' : text.slice(space + 1);
  const entry = folded(tool, firstLine(summaryOf(input)), diffOf(input, CHARACTERS_MAX) ?? el('pre', { text: cut(pretty(input)) }), 'tool');
  calls.last = entry;
  return entry;
}

/** The result of the call before it belongs into it; without one it stands alone. */
function resultOf(text, calls, isError) {
  const body = isPatch(text) ? patch(text, CHARACTERS_MAX) : el('pre', { class: isError ? 'bad' : null, text: cut(text) });
  const call = calls.last;
  calls.last = null;
  if (call?.isConnected || call?.parentNode) {
    call.append(body);
    if (isError) {
      call.classList.add('error');
      call.firstElementChild.append(el('span', { class: 'bad', text: ' failed' }));
    }
    return null;
  }
  return folded(isError ? 'error' : 'result', firstLine(text), body, isError ? 'error' : 'tool');
}

function folded(title, rest, body, name) {
  return el('details', { class: name }, el('summary', {}, el('b', { text: visible(title) }), ` ${rest}`), body);
}

function summaryOf(input) {
  const value = parse(input);
  return value === null ? input : String(value.command ?? value.file_path ?? value.path ?? value.pattern ?? value.description ?? value.url ?? input);
}

function pretty(input) {
  const value = parse(input);
  return value === null ? input : Object.entries(value).map(([name, each]) => `${name}: ${typeof each === 'string' ? each : JSON.stringify(each)}`).join('\n');
}

function parse(text) {
  try {
    const value = JSON.parse(text);
    return value !== null && typeof value === 'object' && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}

function cut(text) {
  return text.length <= CHARACTERS_MAX ? visible(text) : `${visible(text.slice(0, CHARACTERS_MAX))}\n… ${text.length - CHARACTERS_MAX} more characters`;
}

function firstLine(text) {
  const line = visible(text).trimStart().split('\n', 1)[0];
  return line.length > 160 ? `${line.slice(0, 160)}…` : line;
}
