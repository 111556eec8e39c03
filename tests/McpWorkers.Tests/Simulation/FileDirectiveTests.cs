using Xunit;

namespace McpWorkers.Tests.Simulation;

public sealed class FileDirectiveTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("simulated-").FullName;

    [Fact(Timeout = 30_000)]
    public async Task Files_are_written_as_they_stand_and_removed()
    {
        await File.WriteAllTextAsync(At("old.txt"), "x");

        var (code, text) = await RunAsync("[[write:deep/in/a.txt:one\r\ntwo: é]] [[remove:old.txt]] [[text:done]]");

        Assert.Equal(0, code);
        Assert.Equal("one\r\ntwo: é"u8.ToArray(), await File.ReadAllBytesAsync(At("deep/in/a.txt")));
        Assert.False(File.Exists(At("old.txt")));
        Assert.Contains("\"name\":\"Write\"", text, StringComparison.Ordinal);
        Assert.Contains("\"result\":\"done\"", text, StringComparison.Ordinal);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_command_runs_in_the_working_directory_and_its_bad_end_is_not_the_agents()
    {
        var (code, text) = await RunAsync("[[shell:echo by-shell > b.txt; echo said; exit 3]] [[text:done]]");

        Assert.Equal(0, code);
        Assert.Equal("by-shell\n", await File.ReadAllTextAsync(At("b.txt")));
        Assert.Contains("exit code 3\\nsaid", text, StringComparison.Ordinal);
    }

    [Theory(Timeout = 30_000)]
    [InlineData("plan")]
    [InlineData("dontAsk")]
    public async Task An_agent_that_may_only_look_writes_nothing(string mode)
    {
        var (code, text) = await RunAsync("[[write:a.txt:x]] [[shell:touch b.txt]] [[text:done]]", "--permission-mode", mode);

        Assert.Equal(0, code);
        Assert.Empty(Directory.GetFileSystemEntries(_folder));
        Assert.Contains("is denied in the permission mode " + mode, text, StringComparison.Ordinal);
    }

    [Theory(Timeout = 30_000)]
    [InlineData("[[write:a.txt]]", "has no text")]
    [InlineData("[[write::x]]", "there is no path")]
    [InlineData("[[write:.:x]]", "[[write]]: '")]
    [InlineData("[[remove:]]", "there is no path")]
    [InlineData("[[shell:]]", "there is no command")]
    public async Task What_cannot_be_done_is_an_error_result_that_says_why(string prompt, string said)
    {
        var (code, text) = await RunAsync(prompt);

        Assert.Equal(1, code);
        Assert.Contains(said, text, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string At(string path) => Path.Combine(_folder, path);

    private async Task<(int Code, string Text)> RunAsync(string prompt, params string[] args)
    {
        var output = await SimulatedRunning.RunAsync(prompt, _folder, args);
        return (output.ExitCode, output.Text);
    }
}
