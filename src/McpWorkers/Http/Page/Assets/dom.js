// Nodes are made, never parsed: whatever a worker says becomes text, and nothing in this page takes text for HTML.

const SVG = 'http://www.w3.org/2000/svg';

export const $ = id => document.getElementById(id);

/** An element. Keys that begin with "on" are listeners, "data" holds data attributes, "text" is the text; others are attributes. */
export function el(tag, properties = {}, ...children) {
  return fill(document.createElement(tag), properties, children);
}

export function svg(tag, properties = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), properties, children);
}

function fill(node, properties, children) {
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else if (name === 'text') node.textContent = value;
    else if (name === 'data') Object.assign(node.dataset, value);
    else node.setAttribute(name, value === true ? '' : value);
  }
  node.append(...children.flat().filter(child => child !== null && child !== undefined && child !== false));
  return node;
}

/** Touches the document only where the text is another: what stays the same costs nothing. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

export function setData(node, name, value) {
  if (node.dataset[name] !== value) node.dataset[name] = value;
}

export function options(select, entries) {
  select.replaceChildren(...entries.map(([value, label]) => el('option', { value, text: label })));
}

// Control characters and those that reorder or hide text: a worker could make a line look like another one.
const HIDDEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

export function visible(text) {
  return String(text ?? '').replace(/\r\n/g, '\n').replace(HIDDEN,
    character => `\u27e8U+${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}\u27e9`);
}

// All that nobody sees, as it is called in the terminal and in the forms of MCP clients too: what is to be allowed must be seen whole.
const UNSEEN = /(?![\n\t])[\p{Cc}\p{Cf}\p{Co}\p{Zl}\p{Zp}]/gu;

export function revealed(text) {
  return String(text ?? '').replace(UNSEEN, character => `\u27e8U+${character.codePointAt(0).toString(16).toUpperCase().padStart(4, '0')}\u27e9`);
}

let noteCount = 0;

/** Tells something at the edge of the page; at most three at once. */
export function note(text, isBad = false) {
  const line = el('p', { text: visible(text), class: isBad ? 'bad' : null, id: `note-${++noteCount}` });
  const notes = $('notes');
  notes.append(line);
  while (notes.childElementCount > 3) notes.firstElementChild.remove();
  setTimeout(() => line.remove(), isBad ? 12_000 : 5000);
}
