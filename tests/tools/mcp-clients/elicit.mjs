// What both clients do: run a prompt, say what their user would say to each form, and print what was seen as one JSON object.
// What it is told stands after "--": WORKER PROMPT ANSWER. The worker "-" is spawned first; the answer "decline" is none.
export async function execute({ client, listen, connect, version, call }) {
  const [given, prompt, answer] = process.argv.slice(process.argv.indexOf('--') + 1);
  const asked = [];
  listen(request => {
    asked.push(request.params);
    return answer === 'decline' ? { action: 'decline' } : { action: 'accept', content: JSON.parse(answer) };
  });
  await connect();
  const worker = given === '-' ? JSON.parse((await call({ name: 'worker_spawn', arguments: { worker_type: 'simulated' } })).content[0].text)[0] : given;
  const result = await call({ name: 'worker_execute', arguments: { worker_id: worker, prompt } });
  const protocolVersion = version();
  await client.close();
  console.log(JSON.stringify({ protocolVersion, asked, result: JSON.parse(result.content[0].text) }));
}
