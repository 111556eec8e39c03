using System.Security.Cryptography;
using System.Text;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;

namespace McpWorkers.Engine.Workers.Hosting;

/// <summary>
/// The credential of a run's own MCP server: the run's id under a seal that only the owner of the data directory can make. It lets its holder ask,
/// report and share for that run, and nothing else; it outlives a daemon, and is worth nothing once the run is over.
/// </summary>
internal sealed class RunSeals
{
    /// <summary>By this beginning all of our tokens are known, and masked in what is shown.</summary>
    private const string Prefix = "mcpw_";

    private const int SecretBytes = 32;
    private const int SealDigits = 64;

    private readonly byte[] _secret;

    private RunSeals(byte[] secret) => _secret = secret;

    /// <summary>Reads the secret of the data directory, and makes it where there is none.</summary>
    /// <param name="path">Of the file, whose owner alone may read it.</param>
    /// <exception cref="RefusedException">It can be neither read nor written.</exception>
    public static RunSeals Open(string path)
    {
        try
        {
            byte[] secret = File.Exists(path) ? File.ReadAllBytes(path) : [];
            if (secret.Length != SecretBytes)
            {
                secret = RandomNumberGenerator.GetBytes(SecretBytes);
                DataDirectory.WritePrivate(path, secret);
            }

            return new(secret);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RefusedException(RefusalCode.InvalidSettings, $"The secret of the runs' tokens, '{path}', cannot be used: {e.Message}");
        }
    }

    public string Make(string runId) => $"{Prefix}{runId}_{SealOf(runId)}";

    /// <summary>The run for which a token was made; null where it was not made with this secret.</summary>
    public string? RunOf(string? token)
    {
        if (token is null || token.Length <= Prefix.Length + SealDigits + 1 || !token.StartsWith(Prefix, StringComparison.Ordinal))
        {
            return null;
        }

        string runId = token[Prefix.Length..^(SealDigits + 1)];
        return RunIntake.IsRunId(runId)
            && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(token), Encoding.UTF8.GetBytes(Make(runId)))
            ? runId
            : null;
    }

    private string SealOf(string runId) => Convert.ToHexStringLower(HMACSHA256.HashData(_secret, Encoding.UTF8.GetBytes(runId)));
}
