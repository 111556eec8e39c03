using System.Text.Json.Nodes;
using McpWorkers.Cli.History;
using Xunit;

namespace McpWorkers.Tests.Cli.History;

public sealed class EventsCommandTests
{
    [Theory]
    [InlineData(
        """{"number":1,"time":"2026-03-01T12:00:00.1Z","kind":"started","worker_id":"term_1","worker_type":"echo","run_id":"run_1","status":"running","text":"started"}""",
        "2026-03-01T12:00:00Z  started           running    term_1  echo  run_1")]
    [InlineData(
        """{"number":2,"time":"2026-03-01T12:00:00.1Z","kind":"closed","worker_id":"term_1","worker_type":null,"run_id":null,"status":"completed","text":"asked"}""",
        "2026-03-01T12:00:00Z  closed            completed  term_1  -    asked")]
    [InlineData(
        """{"number":3,"time":"2026-03-01T12:00:00.1Z","kind":"task_waiting","worker_id":null,"run_id":"run_1","status":"waiting","text":"why\u001b[2J","task_id":"task_1"}""",
        """2026-03-01T12:00:00Z  task_waiting      waiting    task_1  run_1  why\e[2J""")]
    [InlineData(
        """{"number":4,"time":"2026-03-01T12:00:00.1Z","kind":"queue_paused","worker_id":null,"run_id":null,"status":null,"text":"no further task is begun"}""",
        "2026-03-01T12:00:00Z  queue_paused      -          no further task is begun")]
    public void An_event_is_a_line(string happened, string line) => Assert.Equal(line, EventsCommand.Line(JsonNode.Parse(happened)!.AsObject()));
}
