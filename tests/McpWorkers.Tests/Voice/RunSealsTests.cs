using McpWorkers.Engine.Workers.Hosting;
using Xunit;

namespace McpWorkers.Tests.Voice;

public sealed class RunSealsTests : IDisposable
{
    private const string Run = "run_0123456789abcdef";

    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("seal");

    private string Secret => Path.Combine(_root.FullName, "run.secret");

    [Fact]
    public void Token_is_good_for_its_run_and_for_the_next_daemon()
    {
        string token = RunSeals.Open(Secret).Make(Run);

        Assert.Equal(Run, RunSeals.Open(Secret).RunOf(token));
        Assert.Equal("***", McpWorkers.Engine.Model.SecretText.Mask(token));
    }

    [Fact]
    public void Secret_is_its_owners_alone()
    {
        RunSeals.Open(Secret);

        Assert.Equal(32, new FileInfo(Secret).Length);
        Assert.True(OperatingSystem.IsWindows() || File.GetUnixFileMode(Secret) == (UnixFileMode.UserRead | UnixFileMode.UserWrite));
    }

    [Fact]
    public void Forged_and_foreign_tokens_are_nobodys()
    {
        var seals = RunSeals.Open(Secret);
        string token = seals.Make(Run);
        string other = RunSeals.Open(Path.Combine(_root.FullName, "other.secret")).Make(Run);
        string[] bad =
        [
            "", "mcpw_", Run, other, token[..^1], token + "0", token.ToUpperInvariant(), token.Replace("0123", "3210", StringComparison.Ordinal),
            token.Replace("mcpw_", "mcpx_", StringComparison.Ordinal), token[..^64] + new string('0', 64), seals.Make("run_1"), " " + token, token + "\n",
        ];

        Assert.All(bad, each => Assert.Null(seals.RunOf(each)));
        Assert.Null(seals.RunOf(null));
    }

    [Fact]
    public void Secret_that_was_cut_short_is_made_anew()
    {
        string token = RunSeals.Open(Secret).Make(Run);
        File.WriteAllBytes(Secret, [1, 2, 3]);

        Assert.Null(RunSeals.Open(Secret).RunOf(token));
        Assert.Equal(32, new FileInfo(Secret).Length);
    }

    public void Dispose() => _root.Delete(recursive: true);
}
