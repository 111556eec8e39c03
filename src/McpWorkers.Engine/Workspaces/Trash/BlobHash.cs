using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace McpWorkers.Engine.Workspaces.Trash;

/// <summary>The id that git gives to content, reckoned as it goes by.</summary>
internal sealed class BlobHash : IDisposable
{
    private readonly IncrementalHash _hash;

    /// <param name="format"><c>sha1</c> or <c>sha256</c>, as <c>git rev-parse --show-object-format</c> says.</param>
    public BlobHash(string format, long size)
    {
#pragma warning disable CA5350 // It is git's: what a snapshot holds is named by it.
        _hash = IncrementalHash.CreateHash(format == "sha256" ? HashAlgorithmName.SHA256 : HashAlgorithmName.SHA1);
#pragma warning restore CA5350
        _hash.AppendData(Encoding.ASCII.GetBytes("blob " + size.ToString(CultureInfo.InvariantCulture) + "\0"));
    }

    public static string Of(string format, ReadOnlySpan<byte> content)
    {
        using var hash = new BlobHash(format, content.Length);
        hash.Add(content);
        return hash.Finish();
    }

    public void Add(ReadOnlySpan<byte> content) => _hash.AppendData(content);

    public string Finish() => Convert.ToHexStringLower(_hash.GetHashAndReset());

    public void Dispose() => _hash.Dispose();
}
