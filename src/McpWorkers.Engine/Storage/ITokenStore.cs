namespace McpWorkers.Engine.Storage;

/// <summary>Access tokens, by their hashes: the tokens themselves are nowhere.</summary>
public interface ITokenStore
{
    /// <exception cref="StoreException">Among others.</exception>
    /// <returns>False where a token of that name exists.</returns>
    Task<bool> AddAsync(StoredToken token);

    /// <summary>Oldest first.</summary>
    Task<IReadOnlyList<StoredToken>> ListAsync(CancellationToken cancellationToken);

    /// <summary>False where there is none of that name.</summary>
    Task<bool> RemoveAsync(string name);

    /// <summary>Notes the last use; may be told seldom.</summary>
    Task UsedAsync(string name, DateTimeOffset at);
}

/// <param name="Name">Unique; letters, digits, '-', '_', '.', 1–64.</param>
/// <param name="Hash">SHA-256 of the token, lower-case hexadecimal.</param>
/// <param name="Scope">What its bearer may do.</param>
/// <param name="Expires">Null: never.</param>
public sealed record StoredToken(
    string Name, string Hash, TokenScope Scope, DateTimeOffset Created, DateTimeOffset? Expires = null, DateTimeOffset? LastUsed = null);

/// <summary>Each includes those before it.</summary>
public enum TokenScope
{
    /// <summary>Look: list, monitor, collect, health, events.</summary>
    Read,

    /// <summary>Spawn, execute, cancel, close.</summary>
    Operate,

    /// <summary>Tokens, and the daemon itself.</summary>
    Admin,
}
