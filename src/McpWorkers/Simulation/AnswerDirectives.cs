using System.Text.Json;

namespace McpWorkers.Simulation;

/// <summary>Directives of good runs: what is answered, and the shapes that a good run can take.</summary>
internal static class AnswerDirectives
{
    private const int BytesMax = 64 * 1024 * 1024;

    /// <summary>Characters that trip readers: line separators that end no line, a surrogate pair, a combining mark, right-to-left, escapes.</summary>
    private const string Unusual = "é e\u0301 日本語 עברית 👩‍💻 \u2028\u2029\u0085 \u001b[31mred\u001b[0m \0 \"quoted\" \\ \t end";

    public static Task Text(SimulatedRun run, Directive directive)
    {
        run.AddAnswer(directive.Argument);
        return Task.CompletedTask;
    }

    public static Task Big(SimulatedRun run, Directive directive)
    {
        int bytes = directive.Count("bytes", 1, BytesMax);
        // Numbered, so that a piece that is missing or doubled shows.
        run.AddAnswer(string.Create(bytes, 0, static (text, _) =>
        {
            Span<char> number = stackalloc char[16];
            for (int at = 0, i = 0; at < text.Length; i++)
            {
                i.TryFormat(number, out int length, "d9");
                number[length++] = ' ';
                int fits = Math.Min(length, text.Length - at);
                number[..fits].CopyTo(text[at..]);
                at += fits;
            }
        }));
        return Task.CompletedTask;
    }

    public static async Task Unicode(SimulatedRun run, Directive directive)
    {
        await run.PauseAsync();
        // Once as it stands, where JSON allows it (only control characters, quotes and backslashes are escaped), once as the writer escapes it.
        string raw = Unusual.Replace("\\", "\\\\").Replace("\"", "\\\"").Replace("\0", "\\u0000").Replace("\u001b", "\\u001b").Replace("\t", "\\t");
        run.Stream.Assistant(run.NextId("msg"), null, json =>
        {
            json.WriteString("type", "text");
            json.WritePropertyName("text");
            json.WriteRawValue($"\"{raw}\"", skipInputValidation: true);
        });
        run.AddAnswer(Unusual);
    }

    public static Task WorkingDirectory(SimulatedRun run, Directive directive)
    {
        run.AddAnswer(run.Around.Directory);
        return Task.CompletedTask;
    }

    /// <summary>Says a variable's value; of one that by its name is a secret only that it is set.</summary>
    public static Task Variable(SimulatedRun run, Directive directive)
    {
        string name = directive.Argument;
        bool secret = ((ReadOnlySpan<string>)["KEY", "TOKEN", "SECRET", "PASSWORD", "CREDENTIAL", "AUTH"])
            .ToArray().Any(word => name.Contains(word, StringComparison.OrdinalIgnoreCase));
        run.AddAnswer(Environment.GetEnvironmentVariable(name) switch
        {
            null => $"{name} is not set",
            _ when secret => $"{name} is set",
            string value => $"{name}={value}",
        });
        return Task.CompletedTask;
    }

    public static async Task Denied(SimulatedRun run, Directive directive)
    {
        string tool = directive.Argument.Length == 0 ? "Bash" : directive.Argument;
        string call = await run.CallToolAsync(tool, json => json.WriteString("command", "touch denied.txt"));
        string message = $"Simulated agent: permission to use {tool} has been denied.";
        run.Stream.System("permission_denied", json =>
        {
            json.WriteString("tool_name", tool);
            json.WriteString("tool_use_id", call);
            json.WriteString("decision_reason_type", "mode");
            json.WriteString("message", message);
        });
        run.Denied(tool, call);
        await run.AnswerToolAsync(call, message, isError: true);
    }

    /// <summary>A subagent in the foreground: its lines carry the id of the call that it serves.</summary>
    public static async Task Subagent(SimulatedRun run, Directive directive)
    {
        string task = await StartTaskAsync(run);
        run.NextTurn();
        await run.SayAsync("Simulated subagent: this is no part of the answer.", task);
        string call = await run.CallToolAsync("LS", json => json.WriteString("path", run.Around.Directory), task);
        await run.AnswerToolAsync(call, "(not read)", parentToolUse: task);
        await run.SayAsync("Simulated subagent: done.", task);
        await run.AnswerToolAsync(task, "Simulated subagent: done.");
    }

    /// <summary>A result while work goes on in the background, and a second result when that has ended.</summary>
    public static async Task Background(SimulatedRun run, Directive directive)
    {
        var time = directive.Seconds();
        string call = await StartTaskAsync(run);
        string id = run.NextId("task");
        BackgroundTasks(run, id);
        run.Stream.System("task_started", json =>
        {
            WriteTask(json, id, call);
            json.WriteBoolean("is_backgrounded", true);
            json.WriteString("task_type", "local_agent");
        });
        await run.AnswerToolAsync(call, "Started in the background.");
        await run.SayAsync("Simulated agent: background work goes on.");
        run.Succeed("Simulated agent: background work goes on.");

        await run.WaitAsync(time);
        run.Stream.System("task_updated", json =>
        {
            json.WriteString("task_id", id);
            json.WriteStartObject("patch");
            json.WriteString("status", "completed");
            json.WriteEndObject();
        });
        run.Stream.System("task_notification", json =>
        {
            WriteTask(json, id, call);
            json.WriteString("status", "completed");
            json.WriteString("summary", "done");
        });
        BackgroundTasks(run, null);
        run.Stream.Init();
        if (!run.HasAnswer)
        {
            run.AddAnswer("Simulated agent: background work is done.");
        }

        await run.SayAsync(run.Answer);
        run.Succeed(run.Answer, "task-notification");
        run.Exit(0);
    }

    /// <summary>The final result now; what follows happens after it.</summary>
    public static Task Result(SimulatedRun run, Directive directive) => SimulatedAgent.FinishAsync(run);

    private static Task<string> StartTaskAsync(SimulatedRun run) => run.CallToolAsync("Task", json =>
    {
        json.WriteString("description", "simulated");
        json.WriteString("prompt", "Simulated task");
        json.WriteString("subagent_type", "general-purpose");
    });

    private static void BackgroundTasks(SimulatedRun run, string? id) => run.Stream.System("background_tasks_changed", json =>
    {
        json.WriteStartArray("tasks");
        if (id is not null)
        {
            json.WriteStartObject();
            json.WriteString("task_id", id);
            json.WriteString("task_type", "local_agent");
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });

    private static void WriteTask(Utf8JsonWriter json, string id, string call)
    {
        json.WriteString("task_id", id);
        json.WriteString("tool_use_id", call);
        json.WriteString("description", "simulated");
        json.WriteString("subagent_type", "general-purpose");
    }
}
