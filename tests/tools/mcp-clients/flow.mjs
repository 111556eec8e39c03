// What every client does with the server: the whole flow with simulated workers. Prints one JSON object: what was seen.
export async function flow(client, protocolVersion) {
  const tools = (await client.listTools()).tools;
  const templates = (await client.listResourceTemplates()).resourceTemplates;

  const call = (name, args = {}) => client.callTool({ name, arguments: args });
  const textOf = result => JSON.parse(result.content[0].text);

  const spawned = await call('worker_spawn', { worker_type: 'simulated', count: 2 });
  const ids = textOf(spawned);
  const batch = await call('worker_execute_batch', { worker_ids: ids, prompts: ['one', 'two'] });
  const states = await call('worker_monitor', { worker_ids: ids, interval: 0.1 });
  const refused = await call('worker_execute', { worker_id: 'term_nobody', prompt: 'hi' });
  const health = await call('worker_health');
  const resources = (await client.listResources()).resources;
  const workers = JSON.parse((await client.readResource({ uri: 'mcpworkers://workers' })).contents[0].text);
  const prompts = (await client.listPrompts()).prompts;
  const prompt = await client.getPrompt({ name: 'investigate', arguments: { worker_id: ids[0] } });
  const completed = (await client.complete({ ref: { type: 'ref/prompt', name: 'investigate' }, argument: { name: 'worker_id', value: 'term_' } })).completion;
  let unknown = null;
  try {
    await client.readResource({ uri: 'mcpworkers://runs/run_0000000000000000/output' });
  } catch (e) {
    unknown = e.code;
  }
  const closed = await call('worker_close_all');
  return {
    protocolVersion,
    instructions: client.getInstructions()?.length ?? 0,
    tools: tools.map(tool => tool.name).sort(),
    templates: templates.map(template => template.uriTemplate),
    spawned: ids.length,
    structuredSpawned: spawned.structuredContent.result.length,
    statuses: textOf(batch).map(result => result.status),
    hasOutput: batch.structuredContent.result.map(result => result.has_output),
    states: Object.values(textOf(states)),
    refused: refused.isError === true && refused.content[0].text,
    health: textOf(health).status,
    unknownResource: unknown,
    resources: resources.length,
    workers: workers.length,
    prompts: prompts.map(one => one.name).sort(),
    promptNamesWorker: prompt.messages[0].content.text.includes(ids[0]),
    completed: completed.values.length,
    closed: closed.structuredContent.closed_count,
  };
}
