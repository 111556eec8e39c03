using McpWorkers.Engine.Model;
using ModelContextProtocol;
using Xunit;

namespace McpWorkers.Tests.Mcp;

public sealed class ToolRefusalTests
{
    /// <summary>Tool, arguments, and what the refusal must say. WORKER stands for a worker's id.</summary>
    public static TheoryData<string, string, string[]> BadCalls => new()
    {
        { "worker_spawn", """{"worker_type":"terminal-qwem"}""", ["worker_type: ", "terminal-qwem", "echo"] },
        { "worker_spawn", """{"worker_type":7}""", ["worker_type", "a number (7)", "a string"] },
        { "worker_spawn", """{"worker_type":"absent"}""", ["absent-agent", "not found", "doctor"] },
        { "worker_spawn", """{"count":0}""", ["'count' is 0", "1 to 50"] },
        { "worker_spawn", """{"count":51}""", ["'count' is 51", "1 to 50"] },
        { "worker_spawn", """{"count":-1}""", ["'count' is -1", "1 to 50"] },
        { "worker_spawn", """{"count":1.5}""", ["'count' is 1.5", "an integer from 1 to 50"] },
        { "worker_spawn", """{"count":1e400}""", ["'count' is 1e400", "1 to 50"] },
        { "worker_spawn", """{"count":"3"}""", ["'count' is a string (\"3\")", "an integer from 1 to 50"] },
        { "worker_spawn", """{"count":true}""", ["'count' is a boolean (true)", "an integer"] },
        { "worker_spawn", """{"count":[1]}""", ["'count' is a list", "an integer"] },
        { "worker_spawn", """{"cuont":2}""", ["'cuont' is not known", "worker_type, count"] },
        { "worker_spawn", """{"permission":"everything"}""", ["permission", "everything", "read_only, edit, ask, full"] },
        { "worker_spawn", """{"working_directory":"here"}""", ["working_directory", "'here'", "absolute"] },
        { "worker_spawn", """{"working_directory":"/no/such/place"}""", ["working_directory", "/no/such/place", "does not exist"] },
        { "worker_spawn", """{"workspace":"container"}""", ["'workspace' is \"container\"", "directory, worktree, clone"] },
        { "worker_spawn", """{"workspace":{"kind":"clone"}}""", ["'workspace' is an object", "a string"] },
        { "worker_spawn", """{"workspace":"clone"}""", ["workspace \"clone\" needs 'repo'"] },
        { "worker_spawn", """{"workspace":"clone","repo":" "}""", ["workspace \"clone\" needs 'repo'"] },
        { "worker_spawn", """{"repo":"https://example.org/x.git"}""", ["'repo' is for workspace \"clone\" only", "no workspace is given"] },
        { "worker_spawn", """{"workspace":"worktree","branch":"main"}""", ["'branch' is for workspace \"clone\" only", "workspace is \"worktree\""] },
        { "worker_spawn", """{"workspace":"clone","repo":"/x","from":"v1"}""", ["'from' is for workspace \"worktree\" only"] },
        { "worker_spawn", """{"workspace":"directory","bring_changes":true}""", ["'bring_changes' is for workspace \"worktree\" only"] },
        { "worker_spawn", """{"verify":"make"}""", ["'verify' is a string", "a list of strings"] },
        { "worker_spawn", """{"verify":["make"," "]}""", ["'verify[1]' is empty"] },
        { "workspace_list", """{"into":"main"}""", ["'into' is for the forecast only"] },
        { "workspace_list", """{"worker_ids":"a"}""", ["'worker_ids' is a string", "a list of strings"] },
        { "workspace_list", """{"forecast":"yes"}""", ["'forecast' is a string", "true or false"] },
        { "workspace_merge", "{}", ["'worker_ids' is missing", "all: true"] },
        { "workspace_merge", """{"worker_ids":[]}""", ["'worker_ids' is empty", "all: true"] },
        { "workspace_merge", """{"worker_ids":["a"],"all":true}""", ["both given"] },
        { "workspace_merge", """{"all":true,"squash":1}""", ["'squash' is a number (1)", "true or false"] },
        { "workspace_merge", """{"all":true,"verify":[""]}""", ["'verify[0]' is empty"] },
        { "workspace_merge", """{"all":true,"force":true}""", ["'force' is not known", "worker_ids, all, into"] },
        { "workspace_discard", "{}", ["'worker_id' is missing"] },
        { "workspace_discard", """{"worker_id":["a"]}""", ["'worker_id' is a list", "a string"] },
        { "workspace_trash", "{}", ["'action' is missing", "list, show, restore, empty"] },
        { "workspace_trash", """{"action":"burn"}""", ["'action' is \"burn\"", "list, show, restore, empty"] },
        { "workspace_trash", """{"action":"show"}""", ["show needs one id in 'trash_ids'"] },
        { "workspace_trash", """{"action":"restore","trash_ids":["a","b"]}""", ["restore needs one id in 'trash_ids'"] },
        { "workspace_trash", """{"action":"show","trash_ids":["a"],"cursor":-1}""", ["'cursor' is -1"] },
        { "workspace_trash", """{"action":"empty"}""", ["'trash_ids' is missing", "all: true"] },
        { "workspace_trash", """{"action":"empty","all":true,"trash_ids":["a"]}""", ["both given"] },
        { "worker_execute", "{}", ["'worker_id' is missing", "a string"] },
        { "worker_execute", """{"worker_id":"WORKER"}""", ["'prompt' is missing", "a string"] },
        { "worker_execute", """{"worker_id":"WORKER","prompt":null}""", ["'prompt' is missing"] },
        { "worker_execute", """{"worker_id":"WORKER","prompt":{"a":1}}""", ["'prompt' is an object", "a string"] },
        { "worker_execute", """{"worker_id":"WORKER","prompt":" "}""", ["prompt is empty"] },
        { "worker_execute", """{"worker_id":"WORKER","prompt":"0123456789012345678901234567890"}""", ["prompt has 31 bytes", "30"] },
        { "worker_execute", """{"worker_id":"term_nobody","prompt":"hi"}""", ["worker_id: ", "term_nobody", "not known", "WORKER"] },
        { "worker_execute", """{"worker_id":"WORKER","prompt":"hi","timeout":29}""", ["'timeout' is 29", "30 to 3600"] },
        { "worker_execute", """{"worker_id":"WORKER","prompt":"hi","timeout":3601}""", ["'timeout' is 3601", "30 to 3600"] },
        { "worker_execute", """{"worker_id":"WORKER","prompt":"hi","timeout":30.5}""", ["'timeout' is 30.5", "an integer"] },
        { "worker_execute", """{"worker_id":"WORKER","prompt":"hi","timeout":"60"}""", ["'timeout' is a string", "an integer"] },
        { "worker_execute", """{"worker_id":"WORKER","prompt":"hi","wait":"no"}""", ["'wait' is a string", "true or false"] },
        { "worker_execute", """{"worker_id":"WORKER","prompt":"hi","wait":0}""", ["'wait' is a number (0)", "true or false"] },
        { "worker_execute_batch", """{"prompts":["hi"]}""", ["'worker_ids' is missing", "a list of strings"] },
        { "worker_execute_batch", """{"worker_ids":["WORKER"],"prompts":["a","b"]}""", ["worker_ids has 1", "prompts has 2"] },
        { "worker_execute_batch", """{"worker_ids":[],"prompts":[]}""", ["worker_ids is empty"] },
        { "worker_execute_batch", """{"worker_ids":"WORKER","prompts":["hi"]}""", ["'worker_ids' is a string", "a list of strings"] },
        { "worker_execute_batch", """{"worker_ids":["WORKER"],"prompts":[1]}""", ["'prompts[0]' is a number (1)", "a string"] },
        { "worker_execute_batch", """{"worker_ids":["WORKER",null],"prompts":["a","b"]}""", ["'worker_ids[1]' is null", "a string"] },
        { "worker_execute_batch", """{"worker_ids":["WORKER"],"prompts":[""]}""", ["prompts[0] is empty"] },
        { "worker_execute_batch", """{"worker_ids":["WORKER"],"prompts":["hi"],"timeout":0}""", ["'timeout' is 0", "30 to 3600"] },
        { "worker_list", """{"state":"running"}""", ["'state' is not known", "none"] },
        { "worker_monitor", """{"interval":0.05}""", ["'interval' is 0.05", "0.1 to 10"] },
        { "worker_monitor", """{"interval":10.01}""", ["'interval' is 10.01", "0.1 to 10"] },
        { "worker_monitor", """{"interval":"1"}""", ["'interval' is a string", "0.1 to 10"] },
        { "worker_monitor", """{"worker_ids":["term_nobody"]}""", ["worker_ids: ", "term_nobody", "not known"] },
        { "worker_collect_results", """{"worker_ids":["term_nobody"]}""", ["worker_ids: ", "term_nobody", "not known"] },
        { "worker_collect_results", """{"worker_ids":"WORKER"}""", ["'worker_ids' is a string", "a list of strings"] },
        { "worker_cancel", "{}", ["'worker_id' is missing"] },
        { "worker_cancel", """{"worker_id":"term_nobody"}""", ["worker_id: ", "term_nobody", "not known"] },
        { "worker_cancel", """{"worker_id":"WORKER","force":"yes"}""", ["'force' is a string", "true or false"] },
        { "worker_close", "{}", ["'worker_id' is missing"] },
        { "worker_close", """{"worker_id":["WORKER"]}""", ["'worker_id' is a list", "a string"] },
        { "worker_close_all", """{"force":true}""", ["'force' is not known", "none"] },
    };

    [Theory]
    [MemberData(nameof(BadCalls))]
    public async Task A_refusal_names_argument_value_and_what_is_allowed(string tool, string arguments, string[] parts)
    {
        await using var server = new EchoServer(settings => settings with { PromptBytesMax = 30, ToolSets = ToolSetNames.All });
        string worker = await server.SpawnAsync();
        var client = await server.ConnectAsync();

        var result = await client.CallAsync(tool, arguments.Replace("WORKER", worker, StringComparison.Ordinal));

        Assert.True(result.IsError);
        string text = result.TextOf();
        Assert.StartsWith(tool + ": ", text, StringComparison.Ordinal);
        Assert.All(parts, part => Assert.Contains(part.Replace("WORKER", worker, StringComparison.Ordinal), text, StringComparison.Ordinal));
        Assert.Equal("", server.Log.ToString());
    }

    [Fact]
    public async Task A_whole_number_may_be_written_with_a_point()
    {
        await using var server = new EchoServer();
        var client = await server.ConnectAsync();

        Assert.Equal(3, (await client.CallAsync("worker_spawn", """{"count":3.0,"worker_type":null}""")).JsonOf().AsArray().Count);
    }

    [Fact]
    public async Task Spawning_beyond_the_limit_names_the_limit_and_spawns_none()
    {
        await using var server = new EchoServer(settings => settings with { MaxWorkers = 4 });
        var client = await server.ConnectAsync();

        var result = await client.CallAsync("worker_spawn", """{"count":5}""");

        Assert.True(result.IsError);
        Assert.Contains("limit of 4", result.TextOf(), StringComparison.Ordinal);
        Assert.Empty(server.Manager.List());
    }

    [Fact]
    public async Task Closing_an_unknown_worker_is_an_error_of_the_closing_shape()
    {
        await using var server = new EchoServer();
        var client = await server.ConnectAsync();

        var result = await client.CallAsync("worker_close", """{"worker_id":"term_nobody"}""");

        Assert.True(result.IsError);
        var json = result.StructuredContent!.Value;
        Assert.False(json.GetProperty("success").GetBoolean());
        Assert.Equal("term_nobody", json.GetProperty("worker_id").GetString());
        Assert.Contains("not known", json.GetProperty("error").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_tool_is_an_error_of_the_protocol()
    {
        await using var server = new EchoServer();
        var client = await server.ConnectAsync();

        var error = await Assert.ThrowsAsync<McpProtocolException>(() => client.CallAsync("worker_dance", "{}"));

        Assert.Equal(McpErrorCode.InvalidParams, error.ErrorCode);
    }
}
