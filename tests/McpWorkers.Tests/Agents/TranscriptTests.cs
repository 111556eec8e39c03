using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using McpWorkers.Engine.Agents;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workers.Runs;
using Xunit;

namespace McpWorkers.Tests.Agents;

public sealed class TranscriptTests
{
    private static readonly AgentCatalog Catalog = AgentCatalog.Default();

    public static TheoryData<string> Folders() => [.. Transcript.Folders().Where(HasAdapter)];

    [Fact]
    public void Every_agent_has_transcripts() =>
        Assert.Superset(
            new HashSet<string> { "claude", "codex", "copilot", "gemini", "grok", "opencode", "qwen" },
            Transcript.Folders().Select(folder => folder.Split('-')[0]).ToHashSet());

    [Theory]
    [MemberData(nameof(Folders))]
    public void Recorded_runs_come_to_what_they_came_to(string folder)
    {
        var cases = Transcript.In(folder).ToList();
        List<string> wrong = [];
        foreach (var recorded in cases)
        {
            var adapter = Catalog[recorded.Agent];
            var reader = adapter.NewReader(recorded.Before());
            var summary = recorded.Run(reader);
            wrong.AddRange(Differences(recorded, summary, reader.Activity.Hopeless).Select(difference => $"{recorded.Name}: {difference}"));
        }

        Assert.NotEmpty(cases);
        Assert.True(wrong.Count == 0, $"{wrong.Count} differences in {folder}:\n{string.Join('\n', wrong)}");
    }

    [Theory]
    [InlineData("i-mcp-systemenv", true)]
    [InlineData("a-text-0", false)]
    public void A_gemini_run_that_lost_its_mcp_servers_says_so(string name, bool lost)
    {
        var recorded = Transcript.In("gemini-0.61.0").Single(recorded => recorded.Name == name);

        var summary = recorded.Run(Catalog[recorded.Agent].NewReader(SessionTotals.Zero));

        Assert.Equal(lost, summary.Warnings.Any(warning => warning.Contains("MCP servers", StringComparison.Ordinal)));
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void Lines_of_the_agents_own_stream_are_all_recognized(string folder)
    {
        foreach (var recorded in Transcript.In(folder).Where(recorded => !recorded.IsOtherFormat))
        {
            var summary = recorded.Run(Catalog[recorded.Agent].NewReader(SessionTotals.Zero));
            Assert.True(summary.Lines.Unrecognized == 0, $"{recorded.Name}: {summary.Lines}");
        }
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void A_stream_cut_anywhere_is_read_and_is_no_success_without_its_end(string folder)
    {
        foreach (var recorded in Transcript.In(folder).Where(recorded => recorded is { Verdict: "good", IsOtherFormat: false }))
        {
            byte[] output = recorded.ReadOutput();
            for (int cut = 0; cut < output.Length; cut += Math.Max(1, output.Length / 40))
            {
                var reader = Catalog[recorded.Agent].NewReader(SessionTotals.Zero);
                foreach (var (line, unterminated) in Transcript.Lines(output.AsMemory(0, cut)))
                {
                    reader.Read(line.Span, unterminated: unterminated);
                }

                var verdict = reader.Conclude(new() { ExitCode = 1 }).Verdict;
                Assert.False(verdict is AgentVerdict.Good, $"{recorded.Name} cut at {cut}");
            }
        }
    }

    [Theory]
    [InlineData("claude-2.1.329", "b-bash")]
    [InlineData("claude-2.1.329", "d-429-retries2")]
    [InlineData("qwen-0.24.4", "b-subagent")]
    [InlineData("gemini-0.61.0", "b-badargs")]
    [InlineData("codex-0.169.0", "i-mcp")]
    [InlineData("codex-0.169.0", "c-auth401")]
    [InlineData("opencode-1.18.33", "h-ask-bash")]
    [InlineData("opencode-1.18.33", "c-400")]
    [InlineData("copilot-1.0.102", "h-denied-bash")]
    [InlineData("copilot-1.0.102", "d-429")]
    public void A_value_of_another_type_is_never_fatal(string folder, string name)
    {
        var recorded = Transcript.In(folder).Single(one => one.Name == name);
        string[] lines = Encoding.UTF8.GetString(recorded.ReadOutput()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        foreach (string other in new[] { "null", "17", "-1e300", "\"\"", "\"\\ud800\"", "[]", "[{}]", "{}", "true" })
        {
            var reader = Catalog[recorded.Agent].NewReader(SessionTotals.Zero);
            int fed = 0;
            foreach (var damaged in lines.SelectMany(line => Damaged(JsonNode.Parse(line)!.AsObject(), other)))
            {
                reader.Read(Encoding.UTF8.GetBytes(damaged));
                fed++;
            }

            Assert.Equal(fed, reader.Conclude(new AgentEnding { ExitCode = 0 }).Lines.Total);
        }
    }

    private static bool HasAdapter(string folder) => Catalog.Find(folder.Split('-')[0]) is not null;

    private static List<string> Differences(Transcript recorded, AgentSummary summary, AgentVerdict.Failed? hopeless)
    {
        bool isGood = summary.Verdict is AgentVerdict.Good;
        var failed = summary.Verdict as AgentVerdict.Failed;
        List<string> differences = [];
        bool fits = recorded.Verdict switch
        {
            "good" => isGood,
            "failed" => failed is not null,
            // The recorder's own signals are nobody's to our readers; what was hopeless before them failed for that.
            "no_result" when recorded.ExitCode > 128 => failed?.Kind == FailureKind.Killed || (failed is not null && failed == hopeless),
            "no_result" => summary.Verdict is AgentVerdict.NoResult,
            _ => !isGood,
        };
        AddIf(differences, !fits, $"{summary.Verdict} and not {recorded.Verdict}");
        AddIf(differences, failed?.Message.Length == 0, "no message");
        if (recorded.Expected["kind"]?.GetValue<string>() is { } kind)
        {
            string found = failed is not null ? OutcomeText.NameOf(failed.Kind) : "none";
            AddIf(differences, found != kind, $"kind {found} and not {kind} ({summary.Verdict})");
        }

        AddText(differences, recorded.Expected, summary.Text);
        if (recorded.Expected["usage"] is JsonObject usage)
        {
            AddIf(differences, summary.Usage is null, "no usage");
            var found = (summary.Usage ?? Usage.None) with { InputIncludesCached = false };
            var expected = Transcript.ReadUsage(usage);
            found = usage.ContainsKey("reasoning") ? found : found with { Reasoning = 0 };
            AddIf(differences, found != expected, $"usage {found} and not {expected}");
        }

        if (recorded.Expected["cost"]?.GetValue<decimal>() is { } cost)
        {
            AddIf(differences, Math.Abs((summary.CostUsd ?? -1) - cost) > 0.0000001m, $"cost {summary.CostUsd} and not {cost}");
        }

        if (recorded.Expected["denials"]?.GetValue<int>() is { } denials)
        {
            AddIf(differences, summary.Denials.Count != denials, $"{summary.Denials.Count} denials and not {denials}");
        }

        return differences;
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

    private static void AddText(List<string> differences, JsonObject expected, string text)
    {
        if (expected["text"]?.GetValue<string>() is { } whole)
        {
            AddIf(differences, text != whole, $"text '{text}' and not '{whole}'");
        }

        if (expected["text_sha256"]?.GetValue<string>() is { } hash)
        {
            bool same = text.Length == expected["text_length"]!.GetValue<int>()
                && Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text))) == hash;
            AddIf(differences, !same, $"text of {text.Length} characters is another one");
        }
    }

    private static void AddIf(List<string> differences, bool differs, string difference)
    {
        if (differs)
        {
            differences.Add(difference);
        }
    }
}
