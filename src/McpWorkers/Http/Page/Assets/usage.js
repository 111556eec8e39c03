// Tokens and cost: over time by day, and in all by status and type.

import { getIfThere } from './api.js';
import { bars } from './charts.js';
import { $, el, note, options, visible } from './dom.js';
import * as format from './format.js';

export function start() {
  options($('usage-since'), [['7d', '7 days'], ['30d', '30 days'], ['24h', '24 hours'], ['', 'ever']]);
  $('usage-since').addEventListener('change', () => void refresh());
}

export async function refresh() {
  const since = $('usage-since').value;
  const query = by => `/totals?by=${by}${since ? `&since=${since}` : ''}`;
  try {
    const [days, types, statuses] = await Promise.all([getIfThere(query('day')), getIfThere(query('type')), getIfThere(query('status'))]);
    draw(days, types, statuses);
  } catch (error) {
    note(error.message, true);
  }
}

function draw(days, types, statuses) {
  if (!days || !types || !statuses) {
    $('usage').replaceChildren(el('p', { class: 'empty', text: 'This server gives no totals.' }));
    return;
  }
  const all = days.total ?? {};
  const ordered = [...days.rows].sort((a, b) => (a.key < b.key ? -1 : 1)).slice(-60);
  $('usage').replaceChildren(el('div', { class: 'cards' },
    card('Runs', String(all.runs ?? 0)),
    card('Tokens', format.count(all.tokens?.total ?? 0)),
    card('Tokens in', format.count(all.tokens?.input ?? 0)),
    card('Tokens out', format.count(all.tokens?.output ?? 0)),
    card('Cost', format.cost(all.cost_usd)),
    card('Time at work', format.seconds(all.seconds ?? 0))),
  el('div', { class: 'charts' },
    panel('Tokens by day', bars(ordered, [['input', row => row.tokens?.input ?? 0], ['output', row => row.tokens?.output ?? 0]], format.count, 'Tokens by day'),
      el('span', { class: 'legend' }, el('i', { class: 'k input' }), 'in', el('i', { class: 'k output' }), 'out')),
    panel('Cost by day', bars(ordered, [['cost', row => row.cost_usd ?? 0]], format.cost, 'Cost by day')),
    panel('By type', tableOf(types.rows, 'Type')),
    panel('By status', tableOf(statuses.rows, 'Status'))));
}

/** @param beside Stands after the title. */
export function panel(title, content, beside = null) {
  return el('div', { class: 'card' }, el('h3', {}, `${title} `, beside), content);
}

export function card(title, value) {
  return el('div', { class: 'card' }, el('div', { class: 'dim', text: title }), el('div', { class: 'big', text: value }));
}

function tableOf(rows, title) {
  return el('table', {},
    el('thead', {}, el('tr', {}, [[title], ['Runs', 'n'], ['Done', 'n'], ['Failed', 'n'], ['Tokens', 'n'], ['In', 'n'], ['Out', 'n'], ['Cost', 'n'], ['Time', 'n']]
      .map(([text, name]) => el('th', { text, class: name, scope: 'col' })))),
    el('tbody', {}, rows.map(row => el('tr', {},
      el('td', { text: visible(row.key) }),
      ...[row.runs, row.completed, row.failed + row.timeout].map(text => el('td', { class: 'n', text: String(text ?? 0) })),
      el('td', { class: 'n', text: format.count(row.tokens?.total ?? 0) }),
      el('td', { class: 'n', text: format.count(row.tokens?.input ?? 0) }),
      el('td', { class: 'n', text: format.count(row.tokens?.output ?? 0) }),
      el('td', { class: 'n', text: format.cost(row.cost_usd) }),
      el('td', { class: 'n', text: format.seconds(row.seconds ?? 0) })))));
}
