using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using McpWorkers.Engine.Storage;

namespace McpWorkers.Http.Guard;

/// <summary>A new access token: the text goes to its bearer and is kept nowhere, the store gets its hash.</summary>
/// <param name="Text">Begins with <see cref="Prefix"/>.</param>
internal sealed record AccessToken(string Text, StoredToken Stored)
{
    public const string Prefix = "mcpw_";

    private const int SecretBytes = 32;

    /// <param name="name">Letters, digits, '-', '_', '.', 1–64.</param>
    /// <param name="expires">Null: never.</param>
    public static AccessToken Make(string name, TokenScope scope, DateTimeOffset now, DateTimeOffset? expires)
    {
        // Random enough that its hash need be neither slow nor salted.
        string text = Prefix + NewSecret();
        return new(text, new(name, Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(text))), scope, now, expires));
    }

    /// <summary>256 random bits, as 43 characters that any address can carry.</summary>
    public static string NewSecret() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(SecretBytes));
}
