// Two kinds of charts; both as SVG of a few nodes, with their figures in words for who does not see them.

import { el, svg } from './dom.js';

const WIDTH = 600;
const HEIGHT = 130;
const BASE = 16;

/** A stacked bar for each row. @param series [class, value of a row] from below. */
export function bars(rows, series, textOf, label) {
  if (rows.length === 0) return el('p', { class: 'dim', text: 'Nothing yet.' });
  const total = row => series.reduce((sum, [, valueOf]) => sum + valueOf(row), 0);
  const most = Math.max(...rows.map(total));
  const step = WIDTH / Math.max(7, rows.length);
  const chart = svg('svg', { viewBox: `0 0 ${WIDTH} ${HEIGHT + BASE}`, role: 'img', 'aria-label': `${label}: ${rows.map(row => `${row.key} ${textOf(total(row))}`).join(', ')}` });
  rows.forEach((row, i) => {
    let y = HEIGHT;
    for (const [name, valueOf] of series) {
      const height = most > 0 ? valueOf(row) / most * (HEIGHT - 14) : 0;
      y -= height;
      chart.append(svg('rect', { class: name, x: i * step + 2, y, width: Math.max(2, Math.min(48, step - 4)), height, rx: 1 }, svg('title', { text: `${row.key}: ${textOf(total(row))}` })));
    }
    if (rows.length <= 10 || i === 0 || i === rows.length - 1) {
      chart.append(svg('text', { x: i * step + 2, y: HEIGHT + 13, 'text-anchor': i > 10 ? 'end' : 'start', text: row.key.slice(5) }));
    }
  });
  chart.append(svg('text', { x: WIDTH, y: 10, 'text-anchor': 'end', text: `most ${textOf(most)}` }));
  return chart;
}

/** A curve through values; those that are not known are left out. */
export function curve(values, textOf, label, atLeast = 0) {
  const known = values.filter(value => value !== null && value !== undefined);
  if (known.length < 2) return el('p', { class: 'dim', text: 'Nothing yet.' });
  const most = Math.max(atLeast, ...known);
  const points = known.map((value, i) => `${(i / (known.length - 1) * WIDTH).toFixed(1)},${(HEIGHT - (most > 0 ? value / most : 0) * (HEIGHT - 2)).toFixed(1)}`);
  return svg('svg', { class: 'stretched', viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: 'none', role: 'img', 'aria-label': `${label}: now ${textOf(known.at(-1))}, most ${textOf(most)}` },
    svg('polygon', { class: 'under', points: `0,${HEIGHT} ${points.join(' ')} ${WIDTH},${HEIGHT}` }),
    svg('polyline', { class: 'curve', points: points.join(' ') }));
}
