// A request in one shape, whatever the protocol: what was asked last, which tools there are, how many results came since.
const MARKER = /\[\[([a-z0-9]+)((?::(?:(?!\]\]).)*)?)\]\]/is;

export function textOf(content) {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content.map(part => (typeof part === 'string' ? part : part?.text ?? '')).join('\n');
}

export class Conversation {
  tools = [];
  results = 0;
  lastResult = '';
  marker = 'text';
  argument = '';
  source = '';
  answerSchema = undefined;

  /** A user's text. A marker in it starts a new exchange: results are counted from there. */
  user(text) {
    const found = MARKER.exec(text ?? '');
    if (!found) return;
    this.marker = found[1].toLowerCase();
    this.argument = (found[2] ?? '').slice(1);
    this.source = text;
    this.results = 0;
  }

  result(text) {
    this.results++;
    this.lastResult = text;
  }

  tool(name, schema, more = {}) {
    this.tools.push({ name, schema, ...more });
  }
}
