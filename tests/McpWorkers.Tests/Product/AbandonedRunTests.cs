using System.Text.Json.Nodes;
using Xunit;

namespace McpWorkers.Tests.Product;

/// <summary>A host that was killed leaves its agents running; the next host ends them and writes down what they came to.</summary>
public sealed class AbandonedRunTests
{
    [Fact(Timeout = 60_000)]
    public async Task The_next_host_ends_and_settles_what_a_killed_one_left_behind()
    {
        LiveProcesses.NeedsProc();
        using var home = new ProductHome();
        using var killed = ProductCommand.Start(
            home, "workers", "execute", "--in-process", "-t", "simulated", "-n", "2", "-p", "[[grandchild-setsid:300]] [[silence:300]]", "-T", "300");
        await LiveProcesses.UntilAsync(
            () => home.RunDirectories().Count(run => SaysSomething(run)) == 2, TimeSpan.FromSeconds(20), "two runs go on");
        var runs = home.RunDirectories();

        killed.KillHostAlone();
        Assert.All(runs, run => Assert.NotEmpty(LiveProcesses.OfRun(Path.GetFileName(run))));
        var next = await ProductCommand.RunAsync(
            home, TimeSpan.FromSeconds(40), "workers", "execute", "--in-process", "-t", "simulated", "-p", "Summarise this folder", "--json");

        Assert.Equal(0, next.ExitCode);
        Assert.All(runs, run =>
        {
            Assert.Empty(LiveProcesses.OfRun(Path.GetFileName(run)));
            var result = JsonNode.Parse(File.ReadAllText(Path.Combine(run, "run.json")))!["result"]!.AsObject();
            Assert.Equal(("cancelled", "cancelled"), (result.Status(), result.Outcome()));
            Assert.Contains("host", (string?)result["error"], StringComparison.Ordinal);
        });
        Assert.Empty(LiveProcesses.Under(home.Root));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_host_leaves_the_runs_of_a_living_one_alone()
    {
        LiveProcesses.NeedsProc();
        using var home = new ProductHome();
        using var first = ProductCommand.Start(home, "workers", "execute", "--in-process", "-t", "simulated", "-p", "[[sleep:6]] [[text:undisturbed]]", "--json");
        await LiveProcesses.UntilAsync(() => home.RunDirectories().Any(SaysSomething), TimeSpan.FromSeconds(20), "a run goes on");

        var second = await ProductCommand.RunAsync(
            home, TimeSpan.FromSeconds(40), "workers", "execute", "--in-process", "-t", "simulated", "-p", "[[text:meanwhile]]", "--json");
        var end = await first.EndAsync(TimeSpan.FromSeconds(40));

        Assert.Equal("meanwhile", Assert.Single(second.Results).Output());
        Assert.Equal("undisturbed", Assert.Single(end.Results).Output());
    }

    private static bool SaysSomething(string run) => new FileInfo(Path.Combine(run, "stdout.ndjson")) is { Exists: true, Length: > 0 };
}
