// Changes, coloured: patches line by line, and the edits that agents ask their tools for.

import { el, visible } from './dom.js';

const LINES_MAX = 1500;

export const isPatch = text => /^(diff --git |--- \S+.*\n\+\+\+ |@@ -\d+)/m.test(text.slice(0, 4000));

export function patch(text, charactersMax) {
  const lines = text.slice(0, charactersMax).split('\n');
  const isCut = text.length > charactersMax || lines.length > LINES_MAX;
  const nodes = lines.slice(0, LINES_MAX).map(line => el('span', { class: kindOf(line), text: visible(line) }));
  if (isCut) nodes.push(el('span', { class: 'hunk', text: '… more: mcpworkers workers diff' }));
  return el('pre', { class: 'diff' }, nodes);
}

/** The edit in a tool call's input, as a diff; null where there is none. */
export function diffOf(input, charactersMax) {
  let value;
  try {
    value = JSON.parse(input);
  } catch {
    return null;
  }
  if (value === null || typeof value !== 'object') return null;
  const before = value.old_string ?? value.oldString;
  const after = value.new_string ?? value.newString;
  if (typeof before !== 'string' || typeof after !== 'string') return null;
  const head = `+++ ${value.file_path ?? value.path ?? ''}`;
  return patch([head, ...lineDiff(before.slice(0, charactersMax).split('\n'), after.slice(0, charactersMax).split('\n'))].join('\n'), charactersMax * 2);
}

function kindOf(line) {
  if (/^(diff --git|\+\+\+|---|index )/.test(line)) return 'file';
  return { '+': 'add', '-': 'del', '@': 'hunk' }[line[0]] ?? null;
}

/** What is equal at both ends stays; between them the old lines go and the new ones come. Edits are short: that is as good as the least one. */
function lineDiff(before, after) {
  let head = 0;
  while (head < before.length && head < after.length && before[head] === after[head]) head++;
  let tail = 0;
  while (tail < before.length - head && tail < after.length - head && before.at(-1 - tail) === after.at(-1 - tail)) tail++;
  return [
    ...before.slice(0, head).map(line => ` ${line}`),
    ...before.slice(head, before.length - tail).map(line => `-${line}`),
    ...after.slice(head, after.length - tail).map(line => `+${line}`),
    ...before.slice(before.length - tail).map(line => ` ${line}`),
  ];
}
