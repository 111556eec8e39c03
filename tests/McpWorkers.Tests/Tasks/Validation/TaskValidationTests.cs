using McpWorkers.Engine.Model;
using McpWorkers.Engine.Tasks.Validation;
using Xunit;

namespace McpWorkers.Tests.Tasks.Validation;

public sealed class TaskValidationTests
{
    private static readonly WorkspaceSpec Clone = new() { Kind = WorkspaceKind.Clone, Repository = "https://git.example.org/team/app.git" };

    [Theory]
    [InlineData("ä", 1, "The prompt has 2 bytes; a task's may have 1 (setting tasks.prompt_bytes_max).")]
    [InlineData("ä", 2, null)]
    public void A_prompt_is_measured_in_bytes(string prompt, int bytesMax, string? why) =>
        Check(new(prompt, [], null, null), new() { PromptBytesMax = bytesMax }, why);

    [Theory]
    [InlineData("src/a.cs", null)]
    [InlineData("src/B.CS", null)]
    [InlineData("Makefile", null)]
    [InlineData("src/in.cs", null)]
    [InlineData("", "is no file of the workspace")]
    [InlineData("/srv/app/src/a.cs", "is no file of the workspace")]
    [InlineData("../other/a.cs", "is no file of the workspace")]
    [InlineData("src/../../a.cs", "is no file of the workspace")]
    [InlineData("src//a.cs", "is no file of the workspace")]
    [InlineData("src\\a.cs", "is no file of the workspace")]
    [InlineData("src/a\n.cs", "is no file of the workspace")]
    [InlineData(".git/config", "is no file of the workspace")]
    [InlineData("a.exe", "A task may not name 'a.exe'. Allowed kinds of files: .cs, Makefile (setting tasks.file_types).")]
    [InlineData("none.cs", "There is no file 'none.cs' in '/srv/app'.")]
    [InlineData("src", "A task may not name 'src'.")]
    [InlineData("big.cs", "'big.cs' has 1,025 bytes; allowed are 1,024 (setting tasks.file_bytes_max).")]
    [InlineData("out.cs", "'out.cs' leads out of the working directory '/srv/app' by a link.")]
    public void A_file_is_of_the_workspace_of_a_known_kind_and_not_too_long(string file, string? why) => Check(
        new("p", [file], "/srv/app", null), new() { FileTypes = [".cs", "Makefile"], FileBytesMax = 1024 }, why);

    [Fact]
    public void Too_many_files_are_refused_and_those_of_a_clone_are_not_looked_for()
    {
        Check(new("p", ["a", "b"], "/srv/app", null), new() { FilesMax = 1 }, "The task names 2 files; allowed are 1");
        Check(new("p", ["none.cs"], null, Clone), new(), null);
        Check(new("p", ["a.cs"], null, null), new(), "the task names none");
    }

    [Theory]
    [InlineData("/srv/app", null)]
    [InlineData("/srv/app/src", null)]
    [InlineData("/srv/link", null)]
    [InlineData("/srv/app-evil", "Tasks may not work in '/srv/app-evil'. Allowed are: /srv/app, https://git.example.org/team/app (setting tasks.repositories).")]
    [InlineData("/srv", "Tasks may not work in '/srv'.")]
    [InlineData("/srv/app/out", "Tasks may not work in '/srv/app/out'.")]
    [InlineData(null, "The task names no working directory")]
    public void Work_is_done_in_known_places_only(string? directory, string? why) => Check(new("p", [], directory, null), Known, why);

    [Theory]
    [InlineData("https://git.example.org/team/app", null)]
    [InlineData("https://me:secret@GIT.example.org/team/app.git/", null)]
    [InlineData("/srv/app", null)]
    [InlineData("app", null)]
    [InlineData("https://git.example.org/team/APP", "Tasks may not work in 'https://git.example.org/team/APP'.")]
    [InlineData("https://u:secret@evil.example.org/team/app", "Tasks may not work in 'https://evil.example.org/team/app'.")]
    [InlineData("git@git.example.org:team/app", "Tasks may not work in")]
    [InlineData("file:///srv/app", "Tasks may not work in")]
    [InlineData("/srv/other", "Tasks may not work in")]
    public void What_is_cloned_is_known_too(string repository, string? why) =>
        Check(new("p", [], "/srv", Clone with { Repository = repository }), Known, why);

    [Fact]
    public void Files_are_named_in_the_prompt()
    {
        Assert.Equal("p", TaskValidation.PromptWith("p", []));
        Assert.Equal("p\n\nThe files that this is about, relative to the working directory:\n- a.cs\n- b/c.cs", TaskValidation.PromptWith("p", ["a.cs", "b/c.cs"]));
    }

    [Fact]
    public void The_disk_resolves_links_anywhere_on_the_way_and_knows_a_file_from_a_directory()
    {
        string root = Directory.CreateTempSubdirectory("mcpworkers-disk-").FullName;
        try
        {
            Directory.CreateDirectory(Path.Combine(root, "real", "in"));
            File.WriteAllText(Path.Combine(root, "real", "in", "f"), "abc");
            File.CreateSymbolicLink(Path.Combine(root, "link"), "real");
            File.CreateSymbolicLink(Path.Combine(root, "real", "up"), Path.Combine(root, "link", "in"));
            File.CreateSymbolicLink(Path.Combine(root, "round"), "round");
            var disk = new TaskDisk();

            Assert.Equal(disk.Resolve(Path.Combine(root, "real", "in", "f")), disk.Resolve(Path.Combine(root, "link", "up", "f")));
            Assert.Equal(Path.GetPathRoot(root), disk.Resolve(Path.Combine(root, "round", "f")));
            Assert.Equal((3L, null, null), (disk.LengthOf(Path.Combine(root, "link", "in", "f")), disk.LengthOf(Path.Combine(root, "real")), disk.LengthOf(Path.Combine(root, "none"))));
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    private static TaskLimits Known => new() { Repositories = ["/srv/app", "https://git.example.org/team/app"] };

    private static void Check(TaskAsk ask, TaskLimits limits, string? why)
    {
        if (why is null)
        {
            TaskValidation.Check(ask, limits, new FakeDisk());
        }
        else
        {
            Assert.Contains(why, Assert.Throws<RefusedException>(() => TaskValidation.Check(ask, limits, new FakeDisk())).Message, StringComparison.Ordinal);
        }
    }

    private sealed class FakeDisk : ITaskDisk
    {
        public string Resolve(string path) => path switch
        {
            "/srv/link" => "/srv/app",
            "/srv/app/out" or "/srv/app/out.cs" => "/etc/out.cs",
            _ => path,
        };

        public long? LengthOf(string path) => Path.GetFileName(path) switch
        {
            "none.cs" or "src" => null,
            "big.cs" => 1025,
            _ => 10,
        };
    }
}
