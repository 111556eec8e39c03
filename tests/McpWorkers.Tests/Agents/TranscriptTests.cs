using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using McpWorkers.Engine.Agents;
using McpWorkers.Engine.Model;
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
            var summary = recorded.Run(adapter.NewReader(recorded.Before()));
            wrong.AddRange(Differences(recorded, summary).Select(difference => $"{recorded.Name}: {difference}"));
        }

        Assert.NotEmpty(cases);
        Assert.True(wrong.Count == 0, $"{wrong.Count} differences in {folder}:\n{string.Join('\n', wrong)}");
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

    private static bool HasAdapter(string folder) => Catalog.Find(folder.Split('-')[0]) is not null;

    private static List<string> Differences(Transcript recorded, AgentSummary summary)
    {
        bool isGood = summary.Verdict is AgentVerdict.Good;
        if (recorded.IsOtherFormat)
        {
            return isGood && recorded.Verdict != "good" ? ["is good"] : [];
        }

        List<string> differences = [];
        bool fits = recorded.Verdict switch
        {
            "good" => isGood,
            "failed" => summary.Verdict is AgentVerdict.Failed,
            // A run that a signal ended failed; whether its missing result or the signal is told first is the adapter's choice.
            "no_result" => summary.Verdict is AgentVerdict.NoResult || (recorded.ExitCode > 128 && !isGood),
            _ => !isGood,
        };
        if (!fits)
        {
            differences.Add($"{summary.Verdict} and not {recorded.Verdict}");
        }

        if (recorded.Expected["kind"]?.GetValue<string>() is { } kind)
        {
            string found = summary.Verdict is AgentVerdict.Failed failed ? WireName(failed.Kind) : "none";
            AddIf(differences, found != kind, $"kind {found} and not {kind} ({summary.Verdict})");
        }

        AddText(differences, recorded.Expected, summary.Text);
        if (recorded.Expected["usage"] is JsonObject usage)
        {
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

    private static string WireName(FailureKind kind) => kind switch
    {
        FailureKind.Authentication => "authentication",
        FailureKind.ModelNotFound => "model_not_found",
        FailureKind.RateLimited => "rate_limited",
        FailureKind.ServiceUnavailable => "service_unavailable",
        FailureKind.InvalidRequest => "invalid_request",
        FailureKind.Refused => "refused",
        FailureKind.TurnLimit => "turn_limit",
        FailureKind.Budget => "budget",
        FailureKind.Startup => "startup",
        FailureKind.Killed => "killed",
        _ => "error",
    };
}
