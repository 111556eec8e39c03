using System.Diagnostics;
using System.Text.Json.Nodes;

namespace McpWorkers.Tests.Crash;

/// <summary>A data directory with a product of its own, whose daemon is killed again and again. Used by tests and by the long proof alike.</summary>
internal sealed class CrashHome : IDisposable
{
    public static readonly TimeSpan CommandLimit = TimeSpan.FromSeconds(90);

    private readonly Dictionary<string, string> _environment;

    /// <param name="product">Path of the executable.</param>
    /// <param name="workersMax">How many workers run at once.</param>
    /// <param name="data">The data directory; null for one below the folder.</param>
    public CrashHome(string product, int workersMax, string? data = null)
    {
        Product = product;
        Root = Directory.CreateTempSubdirectory("mcpw-crash-").FullName;
        Data = data ?? Path.Combine(Root, "data");
        Directory.CreateDirectory(Work);
        Directory.CreateDirectory(Config);
        File.WriteAllText(Path.Combine(Config, "mcpworkers.yaml"), $"max_concurrent_workers: {workersMax}\n");
        _environment = new()
        {
            ["PATH"] = Environment.GetEnvironmentVariable("PATH") ?? "/usr/bin:/bin",
            ["HOME"] = Root,
            ["TMPDIR"] = Root,
            ["LANG"] = "C.UTF-8",
            ["TERM"] = "dumb",
        };
        foreach (System.Collections.DictionaryEntry variable in Environment.GetEnvironmentVariables())
        {
            // Where the runtime is, and what is tried with it.
            if (variable.Key is string name && name.StartsWith("DOTNET_", StringComparison.Ordinal))
            {
                _environment[name] = (string?)variable.Value ?? "";
            }
        }
    }

    public string Product { get; }

    public string Root { get; }

    public string Data { get; }

    public string Work => Path.Combine(Root, "work");

    private string Config => Path.Combine(Root, "config", "mcpworkers");

    /// <summary>The owner's part of every marker; null before the first daemon.</summary>
    public string? Mark => File.Exists(Path.Combine(Data, "id")) ? File.ReadAllText(Path.Combine(Data, "id")).Trim() : null;

    /// <summary>What the last daemon said of itself; it may be gone.</summary>
    public JsonNode? DaemonInfo => File.Exists(Path.Combine(Data, "daemon.json")) ? JsonNode.Parse(File.ReadAllText(Path.Combine(Data, "daemon.json"))) : null;

    public int? DaemonPid => DaemonInfo?["pid"]?.GetValue<int>();

    public void WriteWorkerTypes(params JsonObject[] types) =>
        File.WriteAllText(Path.Combine(Config, "ecosystem.yaml"), new JsonObject { ["workers"] = new JsonArray([.. types]) }.ToJsonString());

    public void WriteRoles(params JsonObject[] roles) =>
        File.WriteAllText(Path.Combine(Config, "ecosystem.yaml"), new JsonObject { ["roles"] = new JsonArray([.. roles]) }.ToJsonString());

    /// <summary>Sets a variable for what is started from now on.</summary>
    public void Set(string name, string value) => _environment[name] = value;

    public void Unset(string name) => _environment.Remove(name);

    public Process Start(params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(Product, ["--data-dir", Data, .. arguments])
        {
            WorkingDirectory = Work,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Clear();
        foreach (var (name, value) in _environment)
        {
            start.Environment[name] = value;
        }

        // The settings are found by the environment: a client of a running daemon may not name others.
        start.Environment["XDG_CONFIG_HOME"] = Path.Combine(Root, "config");
        return Process.Start(start)!;
    }

    /// <summary>Runs a command of the product to its end.</summary>
    public async Task<(int ExitCode, string Stdout, string Stderr)> RunAsync(IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        using var process = Start(arguments);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(CommandLimit);
        process.StandardInput.Close();
        try
        {
            var stdout = process.StandardOutput.ReadToEndAsync(limit.Token);
            var stderr = process.StandardError.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            return (process.ExitCode, await stdout, await stderr);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            throw new CrashFault($"'mcpworkers {string.Join(' ', arguments)}' did not end within {CommandLimit.TotalSeconds:0} s.");
        }
    }

    /// <summary>Runs a command that must succeed, and reads what it printed.</summary>
    public async Task<JsonNode> JsonOfAsync(IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        var (exit, stdout, stderr) = await RunAsync(arguments, cancellationToken);
        try
        {
            return JsonNode.Parse(stdout)!;
        }
        catch (System.Text.Json.JsonException)
        {
            throw new CrashFault($"'mcpworkers {string.Join(' ', arguments)}' ended with {exit} and printed no JSON: '{stdout}' '{stderr}'");
        }
    }

    public void Dispose()
    {
        try
        {
            Directory.Delete(Root, recursive: true);
        }
        catch (IOException)
        {
            // Something of the product's still writes: the folder is left, and the rounds have told of it.
        }
    }
}

/// <summary>Something that must not happen has happened.</summary>
internal sealed class CrashFault(string message) : Exception(message);
