// Figures for people. What is not known is a dash.

const DASH = '–';

export function seconds(value) {
  if (value === null || value === undefined) return DASH;
  const whole = Math.max(0, value);
  if (whole < 60) return `${whole < 10 ? whole.toFixed(1) : Math.floor(whole)} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes}m ${pad(whole % 60)}s`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours}h ${pad(minutes % 60)}m` : `${Math.floor(hours / 24)}d ${hours % 24}h`;
}

export function count(value) {
  if (value === null || value === undefined) return DASH;
  if (value < 1000) return String(value);
  if (value < 1e6) return `${(value / 1e3).toFixed(value < 1e4 ? 1 : 0)}k`;
  return `${(value / 1e6).toFixed(value < 1e7 ? 2 : 1)}M`;
}

export function bytes(value) {
  if (value === null || value === undefined) return DASH;
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) { value /= 1024; unit++; }
  return `${value >= 100 || unit === 0 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

export function cost(value) {
  if (value === null || value === undefined) return DASH;
  return value === 0 ? '$0' : value < 0.01 ? `$${value.toFixed(4)}` : `$${value.toFixed(2)}`;
}

export function percent(value) {
  return value === null || value === undefined ? DASH : `${value < 10 ? value.toFixed(1) : Math.round(value)} %`;
}

/** Today the time, else the day too; in this browser's zone, the same everywhere otherwise. */
export function time(iso) {
  if (!iso) return DASH;
  const at = new Date(iso);
  const clock = `${pad(at.getHours())}:${pad(at.getMinutes())}:${pad(at.getSeconds())}`;
  return at.toDateString() === new Date().toDateString() ? clock : `${day(at)} ${clock}`;
}

export const day = at => `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}`;

function pad(value) {
  return String(Math.floor(value)).padStart(2, '0');
}
