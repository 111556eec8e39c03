using McpWorkers.Engine.Model;
using Xunit;

namespace McpWorkers.Tests.Settings;

public sealed class TaskSettingsTests : IDisposable
{
    private readonly SettingsPlace _place = new();

    public void Dispose() => _place.Dispose();

    [Fact]
    public void Everything_about_tasks_is_read()
    {
        _place.Write("user/mcpworkers.yaml", """
            tasks: {default_role: r, reserved_for_tasks: 3, open_max: 5, retry_first_seconds: 1, retry_longest_seconds: 2, deaths_max: 4,
              prompt_bytes_max: 100, files_max: 2, file_bytes_max: 1K, file_types: [.cs, Makefile], repositories: [/srv/a, ~/b, "git@host:c.git"]}
            notify: {command: "tell 'two words'", url: "https://hooks.example.org/T0/secret", headers: {X-Api-Key: k}, timeout_seconds: 5}
            """);
        _place.Write("user/ecosystem.yaml", "roles: [{name: r}]");

        var loaded = _place.Load();
        var tasks = loaded.Settings.Tasks;

        Assert.Equal(("r", 3, 5), (tasks.DefaultRole, tasks.ReservedForTasks, tasks.OpenMax));
        Assert.Equal(new TaskRetrySettings { First = TimeSpan.FromSeconds(1), Longest = TimeSpan.FromSeconds(2), DeathsMax = 4 }, tasks.Retry);
        Assert.Equal((100, 2, 1024L), (tasks.Limits.PromptBytesMax, tasks.Limits.FilesMax, tasks.Limits.FileBytesMax));
        Assert.Equal([".cs", "Makefile"], tasks.Limits.FileTypes);
        Assert.Equal("/srv/a", tasks.Limits.Repositories[0]);
        Assert.True(Path.IsPathRooted(tasks.Limits.Repositories[1]));
        Assert.Equal("git@host:c.git", tasks.Limits.Repositories[2]);
        Assert.Equal(["tell", "two words"], tasks.Notices.Command);
        Assert.Equal(new Uri("https://hooks.example.org/T0/secret"), tasks.Notices.Url);
        Assert.Equal(("k", 5), (tasks.Notices.Headers["X-Api-Key"], (int)tasks.Notices.Timeout.TotalSeconds));

        // Whoever knows a hook's address or key may call it.
        Assert.DoesNotContain(loaded.Values, v => v.Key.StartsWith("notify", StringComparison.Ordinal) && v.Value is "k" || v.Value.Contains("secret", StringComparison.Ordinal));
        Assert.Contains(loaded.Values, v => v is { Key: "notify.url", Value: "https://hooks.example.org/***" });
    }

    [Fact]
    public void A_password_in_an_address_without_a_path_is_masked_too()
    {
        _place.Write("user/mcpworkers.yaml", "notify: {url: 'https://me:hunter2@hooks.example.org'}");

        Assert.DoesNotContain(_place.Load().Values, v => v.Value.Contains("hunter2", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("tasks: {default_role: none}", "tasks.default_role: 'none' is not allowed. Allowed: a role of ecosystem.yaml ().")]
    [InlineData("tasks: {file_types: [a/b]}", "tasks.file_types[0]: 'a/b' is not allowed. Allowed: an ending with its dot, such as .cs, or a file's whole name.")]
    [InlineData("tasks: {repositories: [a]}", "tasks.repositories[0]: 'a' is not allowed. Allowed: an absolute path, one that begins with ~/, or the address of a repository.")]
    [InlineData("notify: {url: 'ftp://a'}", "notify.url: 'ftp://a' is not allowed. Allowed: an address that begins with http:// or https://.")]
    [InlineData("notify: {url: 'http://[a'}", "notify.url: 'http://[a' is not allowed. Allowed: an address that begins with http:// or https://.")]
    public void What_is_wrong_is_named(string yaml, string problem)
    {
        _place.Write("user/mcpworkers.yaml", yaml);

        Assert.Equal([$"user/mcpworkers.yaml:1: {problem}"], _place.Problems());
    }

    [Theory]
    [InlineData(1, null, 0)]
    [InlineData(2, null, 1)]
    [InlineData(4, 9, 3)]
    public void One_run_is_left_to_direct_prompts(int runs, int? reserved, int used)
    {
        _place.Write("user/mcpworkers.yaml", FormattableString.Invariant($"max_concurrent_workers: {runs}\n") + (reserved is null ? "" : FormattableString.Invariant($"tasks: {{reserved_for_tasks: {reserved}}}\n")));

        var settings = _place.Load().Settings;

        Assert.Equal(used, settings.Tasks.ReservedForTasks);
        Assert.Equal(reserved is null ? 0 : 1, settings.Warnings.Count);
    }

    [Fact]
    public void Variables_reach_the_keys_of_tasks()
    {
        var loaded = _place.Load(environment: new() { ["MCPWORKERS_TASKS_OPEN_MAX"] = "7", ["MCPWORKERS_NOTIFY_TIMEOUT_SECONDS"] = "9" });

        Assert.Equal((7, 9), (loaded.Settings.Tasks.OpenMax, (int)loaded.Settings.Tasks.Notices.Timeout.TotalSeconds));
    }
}
