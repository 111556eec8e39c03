// The load of the machine and of the daemon, and whether all is well.

import { get, getIfThere } from './api.js';
import { curve } from './charts.js';
import { $, el, visible } from './dom.js';
import * as format from './format.js';
import { state } from './state.js';
import { card, panel } from './usage.js';

/** The last answer; null where this server gives none. */
export let system = null;

export async function read() {
  try {
    system = await getIfThere('/system');
  } catch {
    // Tells itself in the state of the connection.
  }
}

export async function refresh() {
  await read();
  const health = state.health = await get('/health').catch(() => state.health);
  const cards = [];
  const charts = [];
  const tables = [];
  if (health) {
    cards.push(card('Health', health.status), card('Runs at once', `${health.runs_active} of ${health.max_concurrent}`), card('Waiting', String(health.runs_waiting)),
      card('Workers', `${health.workers_active} of ${health.max_workers}`));
  }
  if (system) {
    const { machine = {}, daemon = {} } = system;
    const history = [...system.history ?? []].sort((a, b) => Date.parse(a.time) - Date.parse(b.time));
    cards.push(
      card('Up for', format.seconds(system.uptime_seconds)),
      card(machine.processors ? `CPU of ${machine.processors}` : 'CPU', format.percent(machine.cpu_percent)),
      card('Memory', `${format.bytes(machine.memory_used_bytes)} of ${format.bytes(machine.memory_total_bytes)}`),
      card('Disk free', `${format.bytes(machine.disk_free_bytes)} of ${format.bytes(machine.disk_total_bytes)}`),
      card('The daemon itself', `${format.percent(daemon.cpu_percent)}, ${format.bytes(daemon.memory_bytes)}`));
    charts.push(
      chart('CPU', history.map(point => point.cpu_percent), format.percent, 100),
      chart('Memory', history.map(point => point.memory_used_bytes), format.bytes, machine.memory_total_bytes ?? 0),
      chart('Runs at work', history.map(point => point.running), String, 1));
  }
  if (health?.warnings?.length) {
    tables.push(el('div', { class: 'card full' }, el('h3', { text: 'Warnings' }), el('ul', { class: 'warnings' }, health.warnings.map(text => el('li', { text: visible(text) })))));
  }
  if (health) {
    tables.push(el('div', { class: 'card full' }, el('h3', { text: 'Worker types' }),
      el('table', {}, el('tbody', {}, (health.worker_types ?? []).map(type => el('tr', {},
        el('td', { class: 'name', text: type.name }), el('td', { class: 'dim', text: type.available ? 'can run here' : visible(type.missing) })))))));
  }
  $('machine').replaceChildren(el('div', { class: 'cards' }, cards), el('div', { class: 'charts' }, charts), el('div', { class: 'cards' }, tables));
}

function chart(title, values, textOf, atLeast) {
  const last = values.findLast(value => value !== null && value !== undefined);
  return panel(title, curve(values, textOf, title, atLeast), el('span', { text: last === undefined ? '' : `now ${textOf(last)}` }));
}
