namespace McpWorkers.Simulation;

/// <summary>The command line of the simulated agent. Read by an own loop: the agent starts as fast as a process can.</summary>
internal sealed record SimulationOptions
{
    public const string Synopsis =
        "mcpworkers simulated-agent [--session-id UUID] [--resume UUID] [--model NAME] [--permission-mode NAME] [--script FILE] [--pace fast|normal] < PROMPT";

    public Guid Session { get; init; }

    public bool Resumed { get; init; }

    public string Model { get; init; } = "simulated";

    public string PermissionMode { get; init; } = "default";

    /// <summary>Directives and raw lines, one a line; run before those of the prompt.</summary>
    public string? ScriptPath { get; init; }

    public bool Fast { get; init; }

    /// <summary>Reads the arguments; false with what is wrong and what is allowed.</summary>
    public static bool TryParse(IReadOnlyList<string> args, out SimulationOptions options, out string error)
    {
        options = new() { Session = Guid.NewGuid() };
        error = "";
        for (int i = 0; i < args.Count && error.Length == 0; i++)
        {
            var (flag, value) = Split(args[i]);
            if (value is null && IsKnown(flag))
            {
                value = ++i < args.Count ? args[i] : null;
            }

            error = options.Take(flag, value, out options);
        }

        return error.Length == 0;
    }

    private static (string Flag, string? Value) Split(string arg)
    {
        int equals = arg.StartsWith("--", StringComparison.Ordinal) ? arg.IndexOf('=', StringComparison.Ordinal) : -1;
        return equals < 0 ? (arg, null) : (arg[..equals], arg[(equals + 1)..]);
    }

    private static bool IsKnown(string flag) =>
        flag is "--session-id" or "--resume" or "--model" or "--permission-mode" or "--script" or "--pace";

    private string Take(string flag, string? value, out SimulationOptions next)
    {
        next = this;
        if (!IsKnown(flag))
        {
            return $"'{flag}' is not known. Usage: {Synopsis}";
        }

        if (value is null)
        {
            return $"{flag} needs a value. Usage: {Synopsis}";
        }

        Guid session = Guid.Empty;
        if (flag is "--session-id" or "--resume" && !Guid.TryParse(value, out session))
        {
            return $"{flag} '{value}' is not a UUID, such as 0d3f8c1e-7f5b-4a53-9b1c-2f1f0f9f6f0a.";
        }

        if (flag is "--pace" && value is not ("fast" or "normal"))
        {
            return $"--pace '{value}' is not known. Allowed: fast, normal.";
        }

        next = flag switch
        {
            "--session-id" => this with { Session = session },
            "--resume" => this with { Session = session, Resumed = true },
            "--model" => this with { Model = value },
            "--permission-mode" => this with { PermissionMode = value },
            "--script" => this with { ScriptPath = value },
            _ => this with { Fast = value == "fast" },
        };
        return "";
    }
}
