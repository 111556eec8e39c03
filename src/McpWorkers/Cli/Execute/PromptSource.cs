using System.Text;
using McpWorkers.Engine.Model;

namespace McpWorkers.Cli.Execute;

/// <summary>
/// Where the prompt comes from. Standard input is read only when nothing else gives the prompt: a command started by a script often
/// inherits an input that never ends.
/// </summary>
internal static class PromptSource
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <exception cref="RefusedException">There is no prompt, an empty one, or two.</exception>
    public static async Task<string> ReadAsync(
        string? prompt, string? promptFile, CliEnvironment environment, CancellationToken cancellationToken)
    {
        if (prompt is not null && promptFile is not null)
        {
            throw Invalid("-p and --prompt-file are both given. Give the prompt once.");
        }

        if (prompt is null && promptFile is null && !environment.InIsRedirected)
        {
            throw Invalid("there is no prompt. Give it with -p \"…\", with --prompt-file FILE, or through a pipe.");
        }

        var (text, source) = promptFile is not null ? (await FromFileAsync(promptFile, environment, cancellationToken), $"The file '{promptFile}'")
            : prompt is null or "-" ? (await environment.In.ReadToEndAsync(cancellationToken), "Standard input")
            : (prompt, "-p");
        return string.IsNullOrWhiteSpace(text)
            ? throw Invalid($"the prompt is empty: {source} has no text. Give it with -p \"…\", with --prompt-file FILE, or through a pipe.")
            : text;
    }

    private static async Task<string> FromFileAsync(string path, CliEnvironment environment, CancellationToken cancellationToken)
    {
        string full = Path.GetFullPath(path, environment.WorkingDirectory);
        if (Directory.Exists(full))
        {
            throw Invalid($"--prompt-file {path}: is a directory. Name a text file.");
        }

        try
        {
            return await File.ReadAllTextAsync(full, StrictUtf8, cancellationToken);
        }
        catch (DecoderFallbackException)
        {
            throw Invalid($"--prompt-file {path}: is no UTF-8 text.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Invalid($"--prompt-file {path}: cannot be read: {e.Message}");
        }
    }

    private static RefusedException Invalid(string message) => new(RefusalCode.InvalidArgument, message);
}
