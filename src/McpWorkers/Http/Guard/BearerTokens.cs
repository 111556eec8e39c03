using System.Security.Cryptography;
using System.Text;
using McpWorkers.Engine.Storage;

namespace McpWorkers.Http.Guard;

/// <summary>
/// Knows a token when it sees one. All stored hashes are compared, each in constant time, so that the time taken tells nothing about any
/// of them. The store is asked again and again after a short while, so that a revoked token soon is worth nothing.
/// </summary>
internal sealed class BearerTokens(ITokenStore store, TimeProvider time, TimeSpan life) : IDisposable
{
    private static readonly TimeSpan UseNoted = TimeSpan.FromMinutes(1);

    private readonly SemaphoreSlim _asking = new(1);
    private readonly Dictionary<string, DateTimeOffset> _noted = [];
    private volatile Known _known = new([], DateTimeOffset.MinValue);

    /// <summary>What the bearer of this token may do; null where it is unknown, revoked or expired.</summary>
    /// <exception cref="StoreException">The store cannot be read.</exception>
    public async ValueTask<Grant?> FindAsync(string token, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        string? given = HashOf(token);
        if (given is null)
        {
            return null;
        }

        var tokens = (await KnownAsync(now, cancellationToken)).Tokens;
        if (Find(tokens, given) is not { } found || found.Expires <= now)
        {
            return null;
        }

        await NoteAsync(found.Name, now);
        return new(found.Name, found.Hash, found.Scope);
    }

    /// <summary>Whether what was granted still is: for streams that stay open.</summary>
    /// <exception cref="StoreException">The store cannot be read.</exception>
    public async ValueTask<bool> IsValidAsync(Grant grant, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        return grant.Key.Length == 0
            || ((await KnownAsync(now, cancellationToken)).Tokens.FirstOrDefault(t => t.Hash == grant.Key) is { } token
                && !(token.Expires <= now) && token.Scope == grant.Scope);
    }

    /// <summary>Has the store asked anew: a token was added that is used at once.</summary>
    public async Task ForgetAsync(CancellationToken cancellationToken)
    {
        // Not beside an answer that is on its way and knows nothing of it.
        await _asking.WaitAsync(cancellationToken);
        _known = new([], DateTimeOffset.MinValue);
        _asking.Release();
    }

    public void Dispose() => _asking.Dispose();

    private static StoredToken? Find(IReadOnlyList<StoredToken> tokens, string hash)
    {
        StoredToken? found = null;
        Span<byte> given = stackalloc byte[SHA256.HashSizeInBytes * 2];
        Span<byte> stored = stackalloc byte[SHA256.HashSizeInBytes * 2];
        Encoding.ASCII.GetBytes(hash, given);
        foreach (var token in tokens)
        {
            // All are looked at, whatever was found before.
            if (token.Hash.Length == stored.Length && Encoding.ASCII.GetBytes(token.Hash, stored) == stored.Length
                && CryptographicOperations.FixedTimeEquals(given, stored))
            {
                found = token;
            }
        }

        return found;
    }

    /// <summary>Null for what no token can be: nothing is hashed that is longer than any of them.</summary>
    private static string? HashOf(string token)
    {
        const int LengthMax = 512;
        if (token.Length is 0 or > LengthMax)
        {
            return null;
        }

        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(token), hash);
        return Convert.ToHexStringLower(hash);
    }

    private async ValueTask<Known> KnownAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (IsFresh(_known, now))
        {
            return _known;
        }

        await _asking.WaitAsync(cancellationToken);
        try
        {
            if (!IsFresh(_known, now))
            {
                _known = new(await store.ListAsync(cancellationToken), now);
            }

            return _known;
        }
        finally
        {
            _asking.Release();
        }
    }

    // A clock that was set back must not make old answers young for long.
    private bool IsFresh(Known known, DateTimeOffset now) => now - known.At is var age && age < life && age > -life;

    /// <summary>The last use is a convenience: where it cannot be written, the request is served all the same.</summary>
    private async ValueTask NoteAsync(string name, DateTimeOffset now)
    {
        lock (_noted)
        {
            if (_noted.TryGetValue(name, out var last) && now - last < UseNoted)
            {
                return;
            }

            _noted[name] = now;
        }

        try
        {
            await store.UsedAsync(name, now);
        }
        catch (StoreException)
        {
            // A full disk, and whoever holds a token comes to look after it.
        }
    }

    private sealed record Known(IReadOnlyList<StoredToken> Tokens, DateTimeOffset At);
}
