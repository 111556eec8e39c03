// Runs as bars over time, a lane for each worker. Bounded: the newest lanes, and in each no more bars than can be told apart.

import { getIfThere } from './api.js';
import { $, el, note, options, svg, visible } from './dom.js';
import * as format from './format.js';

const SECONDS = { '15m': 900, '1h': 3600, '6h': 21_600, '24h': 86_400, '7d': 604_800 };
const RUNS_MAX = 1000;
const LANES_MAX = 40;
const LANE = 22;
const LABEL = 128;
const TOP = 18;

let openRun = () => { };

export function start(opened) {
  openRun = opened;
  options($('timeline-range'), [['15m', '15 minutes'], ['1h', '1 hour'], ['6h', '6 hours'], ['24h', '24 hours'], ['7d', '7 days']]);
  $('timeline-range').addEventListener('change', () => void refresh());
  addEventListener('resize', () => { if (!$('view-timeline').hidden) void refresh(); });
}

export async function refresh() {
  const range = $('timeline-range').value;
  try {
    const page = await getIfThere(`/runs?since=${range}&limit=${RUNS_MAX}`);
    draw(page, SECONDS[range]);
  } catch (error) {
    note(error.message, true);
  }
}

function draw(page, span) {
  const place = $('timeline');
  if (!page?.runs.length) {
    $('timeline-note').textContent = '';
    place.replaceChildren(el('p', { class: 'empty', text: page ? 'No runs in this time.' : 'This server keeps no history that can be asked for.' }));
    return;
  }
  const lanes = new Map();
  for (const run of page.runs) {
    if (!lanes.has(run.worker_id)) lanes.set(run.worker_id, []);
    lanes.get(run.worker_id).push(run);
  }
  const shown = [...lanes].slice(0, LANES_MAX);
  $('timeline-note').textContent = [
    `${page.runs.length}${page.next_before ? ' newest' : ''} runs`,
    lanes.size > shown.length ? `${shown.length} of ${lanes.size} workers` : null,
  ].filter(Boolean).join(', ');

  const width = Math.max(320, place.clientWidth - 28);
  const height = TOP + shown.length * LANE + 4;
  const until = Date.now();
  const x = at => LABEL + Math.max(0, Math.min(1, 1 - (until - at) / (span * 1000))) * (width - LABEL - 4);
  const chart = svg('svg', { viewBox: `0 0 ${width} ${height}`, height, role: 'img', 'aria-label': `${page.runs.length} runs of ${lanes.size} workers; the history lists them` });
  for (let i = 0; i <= 4; i++) {
    const at = until - span * 1000 * (1 - i / 4);
    chart.append(svg('line', { class: 'lane', x1: x(at), x2: x(at), y1: TOP, y2: height }),
      svg('text', { x: x(at), y: 12, 'text-anchor': i === 4 ? 'end' : 'middle', text: format.time(new Date(at).toISOString()).slice(0, -3) }));
  }
  shown.forEach(([worker, runs], i) => {
    const y = TOP + i * LANE;
    chart.append(svg('text', { x: 0, y: y + 15, text: visible(worker) }));
    runs.forEach(run => chart.append(barOf(run, y + 4, x, until)));
  });
  place.replaceChildren(chart);
}

function barOf(run, y, x, until) {
  const from = Date.parse(run.started_at ?? run.accepted_at);
  const left = x(from);
  const right = x(run.finished_at ? Date.parse(run.finished_at) : until);
  return svg('rect', { class: `run ${run.status}`, x: left, y, width: Math.max(2, right - left), height: LANE - 8, rx: 2, onclick: () => openRun(run.worker_id, run.run_id) },
    svg('title', { text: `${run.run_id} ${run.status} ${format.seconds(run.duration_seconds)}` }));
}
