using System.ComponentModel;
using System.Diagnostics;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Execution.Processes;

/// <summary>A program that a person uses at the terminal of this process, such as a shell or an editor. It is theirs: nothing of it is read or bounded.</summary>
public static class TerminalCommand
{
    /// <param name="words">The program and its arguments.</param>
    /// <param name="directory">Where it works; absolute.</param>
    /// <returns>Its exit code.</returns>
    /// <exception cref="RefusedException">It cannot be started.</exception>
    public static async Task<int> RunAsync(IReadOnlyList<string> words, string directory, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(words);
        try
        {
            using var process = Process.Start(new ProcessStartInfo(words[0], words.Skip(1)) { WorkingDirectory = directory, UseShellExecute = false })!;
            await process.WaitForExitAsync(cancellationToken);
            return process.ExitCode;
        }
        catch (Win32Exception e)
        {
            throw new RefusedException(RefusalCode.MissingExecutable, $"'{words[0]}' cannot be started in {directory}: {e.Message}.");
        }
    }
}
