using McpWorkers.Engine.Execution.Processes;
using Xunit;

namespace McpWorkers.Tests.Execution.Processes;

public sealed class ExecutableFinderTests : RunScene
{
    private const UnixFileMode Executable = UnixFileMode.UserRead | UnixFileMode.UserExecute;

    [Fact]
    public void First_executable_file_on_the_path_is_found()
    {
        Make("a/tool", UnixFileMode.UserRead);
        string second = Make("b/tool", Executable);
        Make("c/tool", Executable);
        Directory.CreateDirectory(Path.Combine(Root, "d/tool"));
        string path = string.Join(':', "", "relative", At("d"), At("nowhere"), At("a"), At("b"), At("c"));
        Assert.Equal(second, ExecutableFinder.Find("tool", path));
    }

    [Fact]
    public void Path_is_taken_as_it_is()
    {
        string tool = Make("a/tool", Executable);
        Assert.Equal(tool, ExecutableFinder.Find(tool, ""));
        Assert.Equal(tool, ExecutableFinder.Find(Path.Combine(Root, "b", "..", "a", "tool"), ""));
        Assert.Equal(tool, ExecutableFinder.Find(Path.GetRelativePath(Environment.CurrentDirectory, tool), ""));
    }

    [Fact]
    public void Link_is_found_as_the_link_that_it_is()
    {
        Make("a/tool", Executable);
        Directory.CreateDirectory(At("b"));
        File.CreateSymbolicLink(At("b/link"), At("a/tool"));
        File.CreateSymbolicLink(At("b/broken"), At("a/none"));
        Assert.Equal(At("b/link"), ExecutableFinder.Find("link", At("b")));
        Assert.Null(ExecutableFinder.Find("broken", At("b")));
    }

    [Theory]
    [InlineData("")]
    [InlineData("no-such-program-anywhere")]
    [InlineData("/no/such/program")]
    public void What_is_not_there_is_not_found(string name) => Assert.Null(ExecutableFinder.Find(name));

    private string Make(string name, UnixFileMode mode)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(At(name))!);
        File.WriteAllText(At(name), "");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(At(name), mode);
        }

        return At(name);
    }

    private string At(string name) => Path.Combine(Root, name);
}
