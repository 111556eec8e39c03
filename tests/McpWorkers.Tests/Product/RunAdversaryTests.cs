using System.Text.Json.Nodes;
using McpWorkers.Daemon;
using McpWorkers.Engine.Workers.Hosting;
using McpWorkers.Voice;
using Xunit;

namespace McpWorkers.Tests.Product;

/// <summary>An agent that tries to use the host it runs under, or to answer what it asked itself: by command line, socket and HTTP it is refused, and that is logged.</summary>
public sealed class RunAdversaryTests : IAsyncDisposable
{
    private const int TestLimit = 180_000;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(120);

    private readonly ProductHome _home = new();

    [Fact(Timeout = TestLimit)]
    public async Task Agent_gets_nowhere_by_command_line_socket_or_HTTP()
    {
        LiveProcesses.NeedsProc();
        Assert.SkipUnless(File.Exists("/usr/bin/perl"), "A part of the agent of this test is written in perl.");
        _home.WriteHostSettings(new() { ["http"] = new JsonObject { ["enabled"] = true, ["port"] = 0, ["token_on_loopback"] = false } });
        _home.WriteWorkerTypes(
            new JsonObject { ["name"] = "shell", ["agent"] = "command", ["command_template"] = new JsonArray("/bin/sh") },
            new JsonObject { ["name"] = "simulated", ["agent"] = "simulated" });
        string victim = (await DoneAsync("workers", "spawn", "-t", "simulated")).Trim();
        await DoneAsync("workers", "execute", victim, "-p", "[[sleep:300]]", "--no-wait");
        var daemon = JsonNode.Parse(File.ReadAllText(Path.Combine(_home.Data, "daemon.json")))!;
        string token = (await DoneAsync("token", "create", "t", "--scope", "admin")).Trim();
        string agent = (await DoneAsync("workers", "spawn", "-t", "shell")).Trim();

        string runId = (await DoneAsync("workers", "execute", agent, "-p", Script(victim, daemon, token), "--no-wait")).Trim();
        await LiveProcesses.UntilAsync(() => File.Exists(Path.Combine(_home.Work, "begun")), Limit, "the agent runs");
        await using var own = new VoiceLink(_home.Data, RunSeals.Open(Path.Combine(_home.Data, "run.secret")).Make(runId), TimeProvider.System);
        string request = (string)(await own.CallAsync(
            RunMethods.Ask, new() { ["key"] = "own", ["question"] = "May I?" }, TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken))!["request_id"]!;
        await File.WriteAllTextAsync(Path.Combine(_home.Work, "asked.part"), request, TestContext.Current.CancellationToken);
        File.Move(Path.Combine(_home.Work, "asked.part"), Path.Combine(_home.Work, "asked"));
        await LiveProcesses.UntilAsync(() => File.Exists(Path.Combine(_home.Work, "tried")), Limit, "the agent has tried all");

        string[] lines = [.. File.ReadLines(Path.Combine(_home.Work, "tried"))];
        Assert.Equal("pending", (string?)JsonNode.Parse(await DoneAsync("requests", "show", request, "--json"))!["state"]);
        Assert.All(lines.Where(line => line.StartsWith("cli ", StringComparison.Ordinal)), line => Assert.DoesNotContain(" 0", line, StringComparison.Ordinal));
        Assert.Equal(12, lines.Count(line => line.StartsWith("cli ", StringComparison.Ordinal)));
        Assert.Equal(3, lines.Count(line => line.StartsWith("socket {\"mcpworkers\":\"refused\"", StringComparison.Ordinal)));
        Assert.Single(lines, line => line.StartsWith("dead {\"mcpworkers\":\"refused\"", StringComparison.Ordinal));
        Assert.Equal(8, lines.Count(line => line == "http 403"));

        using var client = new HttpClient();
        using var health = await client.GetAsync(new Uri($"{(string)daemon["http"]!}/health"), TestContext.Current.CancellationToken);
        Assert.True(health.IsSuccessStatusCode);
        var workers = JsonNode.Parse(await DoneAsync("workers", "list", "--json"))!.AsArray();
        Assert.Equal([victim, agent], workers.Select(worker => (string)worker!["worker_id"]!));
        Assert.Equal("running", (string?)workers[0]!["status"]);
        Assert.Equal((int)daemon["pid"]!, ProductDaemon.Pid(_home));
        var refused = File.ReadLines(Path.Combine(_home.Data, "daemon.log")).Select(line => JsonNode.Parse(line)!).Where(line => (string?)line["event"] == "run_refused").ToList();
        Assert.InRange(refused.Count, 20, 60);

        // Of which run a process was that has ended, nobody can tell.
        Assert.Single(refused, line => ((string)line["message"]!).Contains("of a process that has ended", StringComparison.Ordinal));
        Assert.All(refused.Where(line => !((string)line["message"]!).Contains("of a process that has ended", StringComparison.Ordinal)), line => Assert.Equal(agent, (string?)line["worker_id"]));
        Assert.Equal(2, refused.Count(line => ((string)line["message"]!).Contains($"HTTP POST /api/v1/requests/{request}", StringComparison.Ordinal)));
        await DoneAsync("requests", "deny", request);
    }

    /// <summary>Each try prints one line. What it says of itself is a lie wherever it can be: no environment, a session of its own, no parent left.</summary>
    private string Script(string victim, JsonNode daemon, string token)
    {
        string cli = $"{ProductPaths.Executable} --config {_home.Config}";
        string bare = $"env -i HOME={_home.Home} XDG_STATE_HOME={_home.State} setsid {cli}";
        return $$"""
            exec >said 2>&1; touch begun
            n=0; while [ ! -e asked ] && [ $n -lt 600 ]; do n=$((n+1)); sleep 0.1; done; own=$(cat asked)
            {{cli}} requests list >/dev/null 2>&1; echo "cli requests $?"
            {{cli}} requests answer $own yes >/dev/null 2>&1; echo "cli answer $?"
            {{bare}} requests answer $own yes >/dev/null 2>&1; echo "cli bare-answer $?"
            {{cli}} requests allow $own >/dev/null 2>&1; echo "cli allow $?"
            {{cli}} requests deny $own >/dev/null 2>&1; echo "cli deny $?"
            {{cli}} workers list >/dev/null 2>&1; echo "cli list $?"
            {{cli}} workers spawn -t simulated >/dev/null 2>&1; echo "cli spawn $?"
            {{cli}} workers close {{victim}} >/dev/null 2>&1; echo "cli close $?"
            {{cli}} daemon stop --force >/dev/null 2>&1; echo "cli stop $?"
            {{cli}} token create mine --scope admin >/dev/null 2>&1; echo "cli token $?"
            {{bare}} workers cancel {{victim}} >/dev/null 2>&1; echo "cli cancel $?"
            ({{bare}} workers close-all >/dev/null 2>&1; echo "cli close-all $?" >closed) & wait; cat closed
            cat >tries.cjs <<'END'
            const net = require('net');
            const { spawn } = require('child_process');
            const hello = kind => JSON.stringify({ mcpworkers: 'hello', protocol: 1, version: '0.1.0', kind, cwd: '/', environment: {}, pid: 1 }) + '\n';
            const socket = kind => new Promise(done => {
              const peer = net.connect('{{(string)daemon["socket"]!}}');
              peer.write(hello(kind));
              peer.once('data', data => { console.log('socket ' + data.toString().split('\n')[0]); peer.destroy(); done(); });
              peer.once('error', done);
            });
            // A connection for each: where they come from is looked at, and noted, once for a connection.
            const http = (method, path, body) => new Promise(done => {
              const headers = { authorization: 'Bearer {{token}}', 'content-type': 'application/json' };
              const call = require('http').request('{{(string)daemon["http"]!}}' + path, { method, headers, agent: false }, answer => {
                console.log('http ' + answer.statusCode);
                answer.resume().once('end', done);
              });
              call.once('error', error => { console.log('http ' + error.code); done(); });
              call.end(body);
            });
            (async () => {
              for (const kind of ['cli', 'mcp', 'run']) await socket(kind);
              await http('POST', '/mcp', '{"jsonrpc":"2.0","id":1,"method":"tools/list"}');
              await http('POST', '/mcp', '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"worker_spawn","arguments":{} } }');
              await http('POST', '/api/v1/workers', '{"worker_type":"simulated"}');
              await http('GET', '/api/v1/workers');
              await http('DELETE', '/api/v1/workers/{{victim}}');
              await http('GET', '/api/v1/requests');
              await http('POST', '/api/v1/requests/' + process.argv[2], '{"answer":"yes"}');
              await http('POST', '/api/v1/requests/' + process.argv[2], '{"decision":"allow"}');
            })();
            END
            env -i setsid {{ProductPaths.Node}} tries.cjs $own
            cat >dead.pl <<'END'
            use Socket;
            socket(my $socket, AF_UNIX, SOCK_STREAM, 0) or die;
            my $child = fork();
            if ($child == 0) { connect($socket, pack_sockaddr_un('{{(string)daemon["socket"]!}}')) or die; exit; }
            waitpid $child, 0;
            syswrite $socket, '{"mcpworkers":"hello","protocol":1,"version":"0.1.0","kind":"cli","cwd":"/","environment":{},"pid":1}' . "\n";
            print 'dead ' . <$socket>;
            END
            env -i setsid /usr/bin/perl dead.pl
            mv said tried
            """;
    }

    private async Task<string> DoneAsync(params string[] words)
    {
        var end = await ProductInside.RunAsync(_home, Limit, words);
        Assert.True(end.ExitCode == 0, end.ToString());
        return end.Stdout;
    }

    public ValueTask DisposeAsync()
    {
        _home.Dispose();
        return ValueTask.CompletedTask;
    }
}
