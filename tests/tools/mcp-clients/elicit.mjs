// What both clients do: run a prompt, say what their user would say to each form, and print what was seen as one JSON object.
export async function execute({ client, worker, answer, listen, connect, version, call }) {
  const asked = [];
  listen(request => {
    asked.push(request.params);
    return answer === 'decline' ? { action: 'decline' } : { action: 'accept', content: JSON.parse(answer) };
  });
  await connect();
  const result = await call({ name: 'worker_execute', arguments: { worker_id: worker, prompt: 'begun\n!hold\nended' } });
  const protocolVersion = version();
  await client.close();
  console.log(JSON.stringify({ protocolVersion, asked, result: JSON.parse(result.content[0].text) }));
}
