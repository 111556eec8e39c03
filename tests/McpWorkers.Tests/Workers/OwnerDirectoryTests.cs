using McpWorkers.Engine.Workers.Homes;
using Xunit;

namespace McpWorkers.Tests.Workers;

public sealed class OwnerDirectoryTests : IDisposable
{
    private readonly string _data = Directory.CreateTempSubdirectory("mcpworkers-owner-").FullName;

    public void Dispose() => Directory.Delete(_data, recursive: true);

    [Fact]
    public void A_directory_whose_host_lives_is_never_taken()
    {
        using var mine = OwnerDirectory.Create(_data);

        Assert.Empty(OwnerDirectory.TakeAbandoned(_data));
    }

    [Fact]
    public void A_directory_whose_host_is_gone_is_taken_once()
    {
        string path;
        using (var gone = OwnerDirectory.Create(_data))
        {
            path = gone.Path;
        }

        using var taken = Assert.Single(OwnerDirectory.TakeAbandoned(_data).ToList());

        Assert.Equal(path, taken.Path);
        Assert.Empty(OwnerDirectory.TakeAbandoned(_data).ToList());
    }

    [Fact]
    public void Nobody_else_may_look_into_it()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        using var mine = OwnerDirectory.Create(Path.Combine(_data, "new"));

        Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute,
            File.GetUnixFileMode(mine.RunsPath) & (UnixFileMode)0x1FF);
    }
}
