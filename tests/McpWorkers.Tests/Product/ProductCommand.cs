using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json.Nodes;
using Xunit;

namespace McpWorkers.Tests.Product;

/// <summary>How a command of the product ended.</summary>
internal sealed record CommandEnd(int ExitCode, string Stdout, string Stderr)
{
    /// <summary>What <c>--json</c> printed: an array of results, and nothing else.</summary>
    public IReadOnlyList<JsonObject> Results
    {
        get
        {
            try
            {
                return [.. JsonNode.Parse(Stdout)!.AsArray().Select(result => result!.AsObject())];
            }
            catch (Exception e) when (e is System.Text.Json.JsonException or InvalidOperationException or NullReferenceException)
            {
                throw new Xunit.Sdk.XunitException($"Standard output is no JSON array of results. {this}", e);
            }
        }
    }

    public override string ToString() => $"Exit code {ExitCode}.\n--- stdout\n{Shortened(Stdout)}\n--- stderr\n{Shortened(Stderr)}";

    private static string Shortened(string text) => text.Length > 4000 ? text[..2000] + " … " + text[^2000..] : text;
}

/// <summary>A running command of the built product.</summary>
internal sealed partial class ProductCommand : IDisposable
{
    private const int SigInt = 2;
    private const int SigKill = 9;

    private readonly Process _process;
    private readonly StringBuilder _said = new();
    private readonly Task<string> _stdout;
    private readonly Task<string> _stderr;

    private ProductCommand(Process process)
    {
        _process = process;
        _stdout = ReadAsync(process.StandardOutput);
        _stderr = process.StandardError.ReadToEndAsync();
    }

    public bool HasExited => _process.HasExited;

    /// <summary>Starts <c>mcpworkers</c> with these arguments and the home's settings, in the home's working directory.</summary>
    public static ProductCommand Start(ProductHome home, params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(ProductPaths.Executable, [.. arguments, "--config", home.Config])
        {
            WorkingDirectory = home.Work,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Clear();
        foreach (var (name, value) in home.Environment)
        {
            start.Environment[name] = value;
        }

        var command = new ProductCommand(Process.Start(start)!);
        command._process.StandardInput.Close();
        return command;
    }

    /// <summary>Runs a command to its end.</summary>
    public static async Task<CommandEnd> RunAsync(ProductHome home, TimeSpan limit, params IEnumerable<string> arguments)
    {
        using var command = Start(home, arguments);
        return await command.EndAsync(limit);
    }

    public async Task<CommandEnd> EndAsync(TimeSpan limit)
    {
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        bound.CancelAfter(limit);
        try
        {
            await _process.WaitForExitAsync(bound.Token);
            return new(_process.ExitCode, await _stdout.WaitAsync(bound.Token), await _stderr.WaitAsync(bound.Token));
        }
        catch (OperationCanceledException e)
        {
            _process.Kill(entireProcessTree: true);
            throw new Xunit.Sdk.XunitException($"'mcpworkers {string.Join(' ', _process.StartInfo.ArgumentList)}' did not end within {limit.TotalSeconds:0} s.", e);
        }
    }

    /// <summary>Waits until its standard output holds a text.</summary>
    public Task UntilSaidAsync(string text, TimeSpan limit) => LiveProcesses.UntilAsync(
        () =>
        {
            lock (_said)
            {
                return _said.ToString().Contains(text, StringComparison.Ordinal);
            }
        },
        limit,
        $"standard output holds '{text}'");

    /// <summary>What Ctrl-C does.</summary>
    public void Interrupt() => Assert.Equal(0, Kill(_process.Id, SigInt));

    /// <summary>What a crash does: the host alone is gone, with no word to anybody.</summary>
    public void KillHostAlone() => Assert.Equal(0, Kill(_process.Id, SigKill));

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.Dispose();
    }

    private async Task<string> ReadAsync(StreamReader reader)
    {
        char[] piece = new char[4096];
        for (int count; (count = await reader.ReadAsync(piece)) > 0;)
        {
            lock (_said)
            {
                _said.Append(piece, 0, count);
            }
        }

        return _said.ToString();
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int pid, int signal);
}
