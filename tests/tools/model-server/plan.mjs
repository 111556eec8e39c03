// What one answer contains, decided from the marker alone.
import { textArguments } from './arguments.mjs';

const SHELLS = ['Bash', 'bash', 'run_shell_command', 'exec_command', 'shell_command', 'shell', 'local_shell'];
const WRITERS = ['Write', 'write', 'write_file', 'create_file', 'create', 'apply_patch'];
const seen = new Map();
const limits = new Map();

/** Text that never repeats: words of eight hex digits from xorshift32 with seed 12345, cut to the length, ending in END. */
export function longText(length) {
  const words = [];
  let x = 12345;
  for (let have = 0; have < length; have += 9) {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    words.push((x >>> 0).toString(16).padStart(8, '0'));
  }
  return words.join(' ').slice(0, length - 3) + 'END';
}

const pieces = (text, size) => text.match(new RegExp(`[\\s\\S]{1,${size}}`, 'g')) ?? [];

export function planFor(conversation) {
  const { marker, argument, results, tools } = conversation;
  const first = (limit = 1) => {
    const key = `${marker}|${argument}|${conversation.source}`;
    seen.set(key, (seen.get(key) ?? 0) + 1);
    return seen.get(key) <= limit;
  };
  const say = text => ({ parts: [{ text }] });
  const partial = { text: 'partial text before the fault ' };

  // Faults hold for every request of a CLI, also for titles and topic checks that carry no tools.
  switch (marker) {
    case 'http': return { status: Number(argument) };
    case 'retryafter': return { status: Number(argument.split(':')[0]), retryAfter: argument.split(':')[1] };
    case 'limited': {
      const end = limits.get(argument) ?? Date.now() + Number(argument.split(':')[0]) * 1000;
      limits.set(argument, end);
      const left = Math.ceil((end - Date.now()) / 1000);
      if (left > 0) return { status: 429, retryAfter: String(left), resetsAt: Math.floor(end / 1000) };
      return say('REPLY after the limit');
    }
    case 'httponce': {
      const [status, times] = argument.split(':').map(Number);
      return first(times || 1) ? { status } : say('RECOVERED after errors');
    }
    case 'garbage': return { html: true };
    case 'sseerr': return { parts: [partial], fault: 'error' };
    case 'cut': return { parts: [partial], fault: 'cut' };
    case 'cutonce': return first() ? { parts: [partial], fault: 'cut' } : say('RECOVERED after cut');
    case 'fin': return { parts: [partial], fault: 'fin' };
    case 'stall': return { delayMs: Number(argument) * 1000, ...say(`REPLY after ${argument}s`) };
  }
  if (tools.length === 0) return say(conversation.answerSchema ? JSON.stringify(textArguments(conversation.answerSchema)) : 'Side answer');

  const find = names => names.map(name => tools.find(t => t.name === name)).find(Boolean);
  const shell = find(SHELLS), writer = find(WRITERS);
  const done = () => say(results ? `DONE. tool said: ${conversation.lastResult.slice(0, 160)}` : `REPLY to ${marker}`);
  const call = (tool, values) => ({
    tool: tool.name, namespace: tool.namespace, custom: tool.kind === 'custom', input: values.command, arguments: textArguments(tool.schema, values),
  });
  const run = command => call(shell, { command });

  switch (marker) {
    case 'think': return { parts: [{ thinking: 'Let me think about it. ' }, { text: 'REPLY with thinking' }] };
    case 'uni': return say('emoji \u{1F600} ls\u2028ps\u2029 nel\u0085 nul\u0000 esc\u001b[31mRED\u001b[0m tab\t crlf\r\n quote" back\\ end');
    case 'bash': return results || !shell ? done() : { parts: [{ text: 'I will run a command.' }, run(argument)] };
    case 'bash2': return results || !shell ? done() : { parts: [run(argument), run(`${argument} # second`)] };
    case 'loop': {
      const at = argument.indexOf(':');
      if (results >= Number(argument.slice(0, at)) || !shell) return done();
      return { parts: [{ text: `step ${results + 1}` }, run(`${argument.slice(at + 1)} # step ${results + 1}`)] };
    }
    case 'badargs': return results || !shell ? done() : { parts: [{ tool: shell.name, arguments: { nonsense: 1 } }] };
    case 'badtool': return results ? done() : { parts: [{ tool: 'no_such_tool', arguments: { a: 1 } }] };
    case 'write': return results || !writer ? done() : { parts: [{ text: 'I will write a file.' }, write(writer, argument, call)] };
    case 'mcp': {
      const tool = tools.find(t => t.name?.toLowerCase().includes(argument.toLowerCase()));
      if (!tool) return say('NO SUCH MCP TOOL: ' + tools.map(t => t.name).join(',').slice(0, 1500));
      return results ? done() : { parts: [call(tool, { content: 'ping-from-model' })] };
    }
    case 'call': {
      const at = argument.indexOf(':'), name = argument.slice(0, at);
      const input = argument.slice(at + 1).replaceAll('<<', '[[').replaceAll('>>', ']]');
      const custom = tools.find(t => t.name === name)?.kind === 'custom';
      return results ? done() : { parts: [{ tool: name, custom, input, arguments: JSON.parse(input) }] };
    }
    case 'rand': {
      const text = longText(Number(argument));
      return { parts: [{ text, pieces: pieces(text, 1000) }] };
    }
    case 'one': {
      const text = longText(Number(argument));
      return { parts: [{ text, pieces: [text] }] };
    }
    case 'slow': return { parts: [{ text: 'first half, second half', pieces: ['first half, ', Number(argument) * 1000, 'second half'] }] };
    case 'drip': {
      const words = Array.from({ length: Number(argument) * 5 }, (_, i) => `word${i} `);
      return { parts: [{ text: words.join(''), pieces: words.flatMap(word => [word, 200]) }] };
    }
    case 'maxtok': return { parts: [{ text: 'cut because' }], stop: 'length' };
    case 'refuse': return { parts: [{ text: 'I cannot' }], stop: 'refusal' };
    case 'empty': return { parts: [] };
    default: return done();
  }
}

function write(tool, path, call) {
  if (tool.name !== 'apply_patch') return call(tool, { path, content: 'hello from the model\nline 2\n' });
  const input = `*** Begin Patch\n*** Add File: ${path}\n+hello from the model\n*** End Patch`;
  return { tool: tool.name, custom: tool.kind === 'custom', input, arguments: { input } };
}
