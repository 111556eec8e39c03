using System.IO.Compression;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using McpWorkers.Engine.Agents;
using McpWorkers.Engine.Agents.Codex;
using McpWorkers.Engine.Agents.Copilot;
using McpWorkers.Engine.Agents.Gemini;
using McpWorkers.Engine.Agents.OpenCode;
using McpWorkers.Engine.Model;
using Xunit;

namespace McpWorkers.Tests.Agents;

/// <summary>Recorded runs of the real CLIs against what was found in them by other means than our readers.</summary>
public sealed class RecordedRunTests
{
    private static readonly (string Folder, IAgentAdapter Adapter)[] Recorded =
    [
        ("gemini-0.61.0", new GeminiAdapter()),
        ("codex-0.169.0", new CodexAdapter()),
        ("opencode-1.18.33", new OpenCodeAdapter()),
        ("copilot-1.0.102", new CopilotAdapter()),
    ];

    public static TheoryData<string, string> Cases()
    {
        TheoryData<string, string> cases = [];
        foreach (var (folder, _) in Recorded)
        {
            foreach (var (name, _) in Expected(folder))
            {
                cases.Add(folder, name);
            }
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Recorded_run_is_judged_and_counted_as_found_by_hand(string folder, string name)
    {
        var expected = Expected(folder)[name]!;
        var summary = Summarize(folder, name, expected);

        string verdict = summary.Verdict switch { AgentVerdict.Good => "good", AgentVerdict.Failed => "failed", _ => "no_result" };
        if ((string?)expected["verdict"] == "not_good")
        {
            Assert.NotEqual("good", verdict);
        }
        else if ((string?)expected["verdict"] == "no_result" && (int)expected["exit"]! > 128)
        {
            // The recorder's own signals are nobody's to our readers.
            Assert.Equal(FailureKind.Killed, summary.Failure());
        }
        else
        {
            Assert.Equal((string?)expected["verdict"], verdict);
        }

        CheckText(expected, summary.Text);
        CheckCounts(expected, summary);
        if (summary.Verdict is AgentVerdict.Failed failed)
        {
            Assert.NotEmpty(failed.Message);
            if ((string?)expected["kind"] is { } kind)
            {
                Assert.Equal(kind.Replace("_", "", StringComparison.Ordinal), failed.Kind.ToString(), ignoreCase: true);
            }
        }

        if (expected["format"] is null)
        {
            Assert.Equal(0, summary.Lines.Unrecognized);
        }
    }

    [Theory]
    [InlineData("gemini-0.61.0", "b-badargs")]
    [InlineData("codex-0.169.0", "i-mcp")]
    [InlineData("codex-0.169.0", "c-auth401")]
    [InlineData("opencode-1.18.33", "h-ask-bash")]
    [InlineData("opencode-1.18.33", "c-400")]
    [InlineData("copilot-1.0.102", "h-denied-bash")]
    [InlineData("copilot-1.0.102", "d-429")]
    public void Value_of_another_type_is_never_fatal(string folder, string name)
    {
        var adapter = Recorded.Single(one => one.Folder == folder).Adapter;
        string[] lines = Encoding.UTF8.GetString(Output(folder, name)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        foreach (string other in new[] { "null", "17", "-1e300", "\"\"", "\"\\ud800\"", "[]", "[{}]", "{}", "true" })
        {
            var reader = adapter.NewReader(SessionTotals.Zero);
            int fed = 0;
            foreach (var damaged in lines.SelectMany(line => Damaged(JsonNode.Parse(line)!.AsObject(), other)))
            {
                reader.Read(Encoding.UTF8.GetBytes(damaged));
                fed++;
            }

            Assert.Equal(fed, reader.Conclude(new AgentEnding { ExitCode = 0 }).Lines.Total);
        }
    }

    /// <summary>The line once for each of its fields, at any depth, with that field's value replaced.</summary>
    private static IEnumerable<string> Damaged(JsonObject line, string other)
    {
        foreach (var (holder, name) in Fields(line).ToList())
        {
            var value = holder[name]?.DeepClone();
            holder[name] = JsonNode.Parse(other == "\"\\ud800\"" ? "\"#\"" : other);
            yield return line.ToJsonString().Replace("\"#\"", "\"\\ud800\"", StringComparison.Ordinal);
            holder[name] = value;
        }
    }

    private static IEnumerable<(JsonObject Holder, string Name)> Fields(JsonObject json) =>
        json.SelectMany(field => field.Value is JsonObject inner ? Fields(inner).Prepend((json, field.Key)) : [(json, field.Key)]);

    private static void CheckText(JsonNode expected, string text)
    {
        if ((string?)expected["text"] is { } whole)
        {
            Assert.Equal(whole, text);
        }

        if ((string?)expected["text_sha256"] is { } hash)
        {
            Assert.Equal((int)expected["text_length"]!, text.Length);
            Assert.Equal(hash, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text))));
        }
    }

    private static void CheckCounts(JsonNode expected, AgentSummary summary)
    {
        if (expected["usage"] is { } usage)
        {
            var (input, cached, written, output, reasoning, _) = Assert.IsType<Usage>(summary.Usage);
            Assert.Equal(
                (Count(usage, "input"), Count(usage, "cached"), Count(usage, "cache_write"), Count(usage, "output"), Count(usage, "reasoning")),
                (input, cached, written, output, reasoning));
        }

        if (expected["cost"] is { } cost)
        {
            Assert.Equal((decimal)cost, summary.CostUsd);
        }

        if (expected["denials"] is { } denials)
        {
            Assert.Equal((int)denials, summary.Denials.Count);
        }
    }

    private static AgentSummary Summarize(string folder, string name, JsonNode expected)
    {
        var before = expected["before"] is { } earlier
            ? new SessionTotals(ReadUsage(earlier["usage"]!), (decimal)earlier["cost"]!)
            : SessionTotals.Zero;
        var reader = Recorded.Single(one => one.Folder == folder).Adapter.NewReader(before);
        ReadOnlySpan<byte> rest = Output(folder, name);
        while (rest.Length > 0)
        {
            int end = rest.IndexOf((byte)'\n');
            reader.Read(end < 0 ? rest : rest[..end], unterminated: end < 0);
            rest = end < 0 ? [] : rest[(end + 1)..];
        }

        string stderr = PathOf(folder, name + ".stderr");
        return reader.Conclude(new AgentEnding
        {
            ExitCode = (int?)expected["exit"],
            StderrTail = File.Exists(stderr) ? File.ReadAllText(stderr) : "",
        });
    }

    private static byte[] Output(string folder, string name)
    {
        string plain = PathOf(folder, name + ".ndjson");
        if (File.Exists(plain))
        {
            return File.ReadAllBytes(plain);
        }

        using var packed = new GZipStream(File.OpenRead(plain + ".gz"), CompressionMode.Decompress);
        using var unpacked = new MemoryStream();
        packed.CopyTo(unpacked);
        return unpacked.ToArray();
    }

    private static Usage ReadUsage(JsonNode usage) => new(
        Count(usage, "input"), Count(usage, "cached"), Count(usage, "cache_write"), Count(usage, "output"), Count(usage, "reasoning"));

    private static long Count(JsonNode usage, string name) => (long?)usage[name] ?? 0;

    private static JsonObject Expected(string folder) =>
        JsonNode.Parse(File.ReadAllText(PathOf(folder, "expected.json")))!.AsObject();

    private static string PathOf(string folder, string file, [CallerFilePath] string here = "") =>
        Path.Combine(Path.GetDirectoryName(here)!, "Transcripts", folder, file);
}
