using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace McpWorkers.Simulation;

/// <summary>Directives that change files, as agents do: by a tool of their own, or by the shell. Where the agent may only look, they are denied.</summary>
internal static class FileDirectives
{
    // What claude calls the modes in which nothing is changed; the first is what a worker's read_only becomes.
    private static readonly string[] ReadOnlyModes = ["dontAsk", "plan"];

    private static readonly TimeSpan ShellLimit = TimeSpan.FromMinutes(5);

    /// <summary>Writes a file, byte for byte as the text is in UTF-8; the folders on the way are made.</summary>
    public static async Task Write(SimulatedRun run, Directive directive)
    {
        string[] parts = directive.Argument.Split(':', 2);
        if (parts.Length < 2)
        {
            throw new DirectiveException($"[[write]]: '{directive.Argument}' has no text. Write [[write:PATH:TEXT]].");
        }

        string path = PathOf(run, directive, parts[0]);
        await ActAsync(run, "Write", path, () =>
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            byte[] bytes = Encoding.UTF8.GetBytes(parts[1]);
            File.WriteAllBytes(path, bytes);
            return string.Create(CultureInfo.InvariantCulture, $"{bytes.Length} bytes written.");
        });
    }

    public static async Task Remove(SimulatedRun run, Directive directive)
    {
        string path = PathOf(run, directive, directive.Argument);
        await ActAsync(run, "Remove", path, () =>
        {
            File.Delete(path);
            return "Removed.";
        });
    }

    /// <summary>Runs a command by the shell in the working directory, and waits for its end; a bad exit code does not end the run.</summary>
    public static async Task Shell(SimulatedRun run, Directive directive)
    {
        if (directive.Argument.Length == 0)
        {
            throw new DirectiveException("[[shell]]: there is no command. Write [[shell:COMMAND]].");
        }

        string call = await run.CallToolAsync("Bash", json => json.WriteString("command", directive.Argument));
        if (await DeniedAsync(run, "Bash", call))
        {
            return;
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(run.Interrupted);
        limit.CancelAfter(ShellLimit);
        using var shell = StartShell(run, directive.Argument);
        shell.StandardInput.Close();
        try
        {
            var stderr = shell.StandardError.ReadToEndAsync(limit.Token);
            string said = await shell.StandardOutput.ReadToEndAsync(limit.Token) + await stderr;
            await shell.WaitForExitAsync(limit.Token);
            await run.AnswerToolAsync(
                call, string.Create(CultureInfo.InvariantCulture, $"exit code {shell.ExitCode}\n{said}"), isError: shell.ExitCode != 0);
        }
        catch (OperationCanceledException)
        {
            shell.Kill(entireProcessTree: true);
            run.Interrupted.ThrowIfCancellationRequested();
            throw new DirectiveException($"[[shell]]: '{directive.Argument}' did not end within {ShellLimit.TotalMinutes:0} minutes.");
        }
    }

    private static async Task ActAsync(SimulatedRun run, string tool, string path, Func<string> act)
    {
        string call = await run.CallToolAsync(tool, json => json.WriteString("file_path", path));
        if (await DeniedAsync(run, tool, call))
        {
            return;
        }

        try
        {
            await run.AnswerToolAsync(call, act());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            await run.AnswerToolAsync(call, e.Message, isError: true);
            throw new DirectiveException($"[[{tool.ToLowerInvariant()}]]: '{path}': {e.Message}");
        }
    }

    private static async Task<bool> DeniedAsync(SimulatedRun run, string tool, string call)
    {
        if (!ReadOnlyModes.Contains(run.PermissionMode))
        {
            return false;
        }

        run.Denied(tool, call);
        await run.AnswerToolAsync(call, $"Simulated agent: {tool} is denied in the permission mode {run.PermissionMode}.", isError: true);
        return true;
    }

    private static string PathOf(SimulatedRun run, Directive directive, string path) => path.Length == 0 || path.Contains('\0', StringComparison.Ordinal)
        ? throw new DirectiveException($"[[{directive.Name}]]: there is no path.")
        : Path.GetFullPath(path, run.Around.Directory);

    private static Process StartShell(SimulatedRun run, string command)
    {
        bool isWindows = OperatingSystem.IsWindows();
        var start = new ProcessStartInfo(isWindows ? "cmd.exe" : "sh", [isWindows ? "/c" : "-c", command])
        {
            WorkingDirectory = run.Around.Directory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        try
        {
            return Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new DirectiveException($"[[shell]]: the shell cannot be started: {e.Message}");
        }
    }
}
