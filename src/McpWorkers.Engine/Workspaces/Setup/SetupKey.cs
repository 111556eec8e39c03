using System.Security.Cryptography;
using System.Text;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Workspaces.Setup;

/// <summary>Under what the outputs of a set-up are kept: taken before the command runs, since that may change its inputs.</summary>
/// <param name="Repository">Of which repository it is; a directory's name.</param>
/// <param name="Inputs">The command, its outputs' names and its inputs' contents; a directory's name.</param>
internal sealed record SetupKey(string Repository, string Inputs)
{
    private const int Length = 32;

    /// <exception cref="RefusedException">An input or output is not a path within the workspace.</exception>
    /// <exception cref="IOException">An input cannot be read.</exception>
    public static async Task<SetupKey> ReadAsync(Workspace workspace, SetupSpec setup, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Append(hash, setup.Run);
        foreach (string output in setup.Outputs)
        {
            WorkspacePath.Of(workspace, output);
            Append(hash, "output", output);
        }

        if (workspace.Container is { } container)
        {
            // What is made for one system need not run on another.
            Append(hash, "image", container.Place.Image);
        }

        foreach (string input in setup.Inputs)
        {
            string path = WorkspacePath.Of(workspace, input);
            if (Directory.Exists(path))
            {
                throw new RefusedException(RefusalCode.InvalidArgument, $"The set-up's input '{input}' is a directory. Name files, such as a lock file.");
            }

            Append(hash, File.Exists(path) ? "input" : "no input", input);
            if (File.Exists(path))
            {
                await using var file = File.OpenRead(path);
                hash.AppendData(await SHA256.HashDataAsync(file, cancellationToken));
            }
        }

        string repository = workspace.Kind == WorkspaceKind.Clone ? workspace.Source : workspace.CommonDirectory;
        return new(
            Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(repository)))[..Length],
            Convert.ToHexStringLower(hash.GetHashAndReset())[..Length]);
    }

    private static void Append(IncrementalHash hash, params ReadOnlySpan<string> parts)
    {
        foreach (string part in parts)
        {
            hash.AppendData(Encoding.UTF8.GetBytes(part));
            hash.AppendData([0]);
        }
    }
}
