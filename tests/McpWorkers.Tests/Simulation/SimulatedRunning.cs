using System.Text;
using System.Text.Json.Nodes;
using McpWorkers.Simulation;

namespace McpWorkers.Tests.Simulation;

/// <summary>Runs the simulated agent inside the test, at a fast pace.</summary>
internal static class SimulatedRunning
{
    public static async Task<SimulatedOutput> RunAsync(string prompt, string? directory = null, params string[] args)
    {
        using var stdout = new MemoryStream();
        using var stderr = new MemoryStream();
        using var stdin = new MemoryStream(Encoding.UTF8.GetBytes(prompt));
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var around = new Surroundings(stdout, stderr, stdout.Dispose, directory ?? AppContext.BaseDirectory, TimeProvider.System);
        int exitCode = await SimulatedAgent.RunAsync(["--pace", "fast", .. args], stdin, around, limit.Token);
        return new(exitCode, stdout.ToArray(), Encoding.UTF8.GetString(stderr.ToArray()));
    }
}

internal sealed record SimulatedOutput(int ExitCode, byte[] Bytes, string Stderr)
{
    public string Text => Encoding.UTF8.GetString(Bytes);

    /// <summary>All lines, each of which has to be JSON and to end in a line feed.</summary>
    public IReadOnlyList<JsonObject> Lines =>
        Text.EndsWith('\n')
            ? [.. Text[..^1].Split('\n').Select(static line => JsonNode.Parse(line)!.AsObject())]
            : throw new InvalidOperationException("The output does not end in a line feed.");

    public JsonObject Result => Lines.Last(static line => TypeOf(line) == "result");

    public static string TypeOf(JsonObject line) =>
        line["subtype"] is { } subtype && line["type"]!.GetValue<string>() == "system"
            ? "system/" + subtype.GetValue<string>()
            : line["type"]!.GetValue<string>();
}
