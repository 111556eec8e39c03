using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using McpWorkers.Tests.Mcp;
using McpWorkers.Tests.Product;
using Xunit;

namespace McpWorkers.Tests.Daemon;

/// <summary><c>mcpworkers mcp</c> as a host starts it, spoken to line by line.</summary>
internal sealed class RelayProcess : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly Process _process;
    private readonly StringBuilder _stderr = new();
    private int _ids = 1;

    public RelayProcess(ProductHome home, params string[] options)
    {
        var start = new ProcessStartInfo(ProductPaths.Executable, ["mcp", .. options])
        {
            WorkingDirectory = home.Work,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
        };
        start.Environment.Clear();
        foreach (var (name, value) in home.Environment)
        {
            start.Environment[name] = value;
        }

        _process = Process.Start(start)!;
        _process.ErrorDataReceived += (_, line) =>
        {
            lock (_stderr)
            {
                _stderr.AppendLine(line.Data);
            }
        };
        _process.BeginErrorReadLine();
    }

    public int Pid => _process.Id;

    public StreamReader Output => _process.StandardOutput;

    public string Stderr
    {
        get
        {
            lock (_stderr)
            {
                return _stderr.ToString();
            }
        }
    }

    public async Task SayAsync(string line)
    {
        await _process.StandardInput.WriteAsync(line + "\n").WaitAsync(Limit);
        await _process.StandardInput.FlushAsync().WaitAsync(Limit);
    }

    public async Task OpenAsync()
    {
        await SayAsync(WireClient.Initialize);
        Assert.Equal(1, (int?)(await HearAsync())["id"]);
        await SayAsync(WireClient.Initialized);
    }

    /// <summary>The next message that is no progress.</summary>
    public async Task<JsonNode> HearAsync()
    {
        while (true)
        {
            string line = await _process.StandardOutput.ReadLineAsync().WaitAsync(Limit) ?? throw new Xunit.Sdk.XunitException($"The output has ended.\n{Stderr}");
            var message = JsonNode.Parse(line)!;
            if ((string?)message["method"] is null)
            {
                return message;
            }
        }
    }

    public async Task<int> BeginCallAsync(string tool, JsonObject arguments)
    {
        int id = ++_ids;
        await SayAsync(new JsonObject
        {
            ["jsonrpc"] = "2.0",
            ["id"] = id,
            ["method"] = "tools/call",
            ["params"] = new JsonObject { ["name"] = tool, ["arguments"] = arguments },
        }.ToJsonString());
        return id;
    }

    /// <summary>A call that must not be refused; the JSON of its answer.</summary>
    public async Task<JsonNode> CallAsync(string tool, JsonObject arguments)
    {
        int id = await BeginCallAsync(tool, arguments);
        var answer = await HearAsync();
        Assert.Equal(id, (int?)answer["id"]);
        Assert.True(answer["result"] is not null && (bool?)answer["result"]!["isError"] != true, answer.ToJsonString());
        return JsonNode.Parse((string)answer["result"]!["content"]![0]!["text"]!)!;
    }

    public async Task<string> SpawnAsync() => (string)(await CallAsync("worker_spawn", new() { ["worker_type"] = "simulated" })).AsArray()[0]!;

    public void EndInput() => _process.StandardInput.Close();

    public void CloseOutput() => _process.StandardOutput.Close();

    public async Task<int> EndAsync()
    {
        await _process.WaitForExitAsync().WaitAsync(Limit);
        return _process.ExitCode;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }
}
