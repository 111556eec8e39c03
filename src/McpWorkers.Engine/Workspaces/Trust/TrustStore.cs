using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workspaces.Git;

namespace McpWorkers.Engine.Workspaces.Trust;

/// <summary>
/// Which repositories may have their commands run: the file <c>trust.json</c> of the data directory. Trust is in a repository's
/// <c>.mcpworkers.yaml</c> as it was seen, and in its commit hooks where the file asks for them: any change of these ends it.
/// </summary>
internal sealed class TrustStore(string dataDirectory) : IDisposable
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly string _path = Path.Combine(dataDirectory, "trust.json");
    private readonly SemaphoreSlim _turn = new(1);

    /// <param name="file">The file as it is about to be followed.</param>
    /// <param name="runsHooks">Whether it asks for the commit hooks.</param>
    public bool IsTrusted(RepositoryPlace place, ReadOnlySpan<byte> file, bool runsHooks = false) =>
        Read().TryGetValue(Key(place), out string? trusted) && trusted == Digest(place, file, runsHooks);

    /// <summary>Trusts the file as it is now; what was trusted of the repository before is not any more.</summary>
    /// <returns>The digest that is trusted, in hexadecimal.</returns>
    /// <exception cref="RefusedException">The record cannot be written.</exception>
    public async Task<string> TrustAsync(RepositoryPlace place, ReadOnlyMemory<byte> file, bool runsHooks, CancellationToken cancellationToken)
    {
        string digest = Digest(place, file.Span, runsHooks);
        await ChangeAsync(trusted => trusted[Key(place)] = digest, cancellationToken);
        return digest;
    }

    public Task DistrustAsync(RepositoryPlace place, CancellationToken cancellationToken) => ChangeAsync(trusted => trusted.Remove(Key(place)), cancellationToken);

    /// <summary>The hooks that git would run, by name: those of the repository, not of its configuration's <c>core.hooksPath</c>, which is never followed.</summary>
    public static IReadOnlyList<string> Hooks(RepositoryPlace place)
    {
        string hooks = Path.Combine(place.CommonDirectory, "hooks");
        return Directory.Exists(hooks)
            ? [.. Directory.EnumerateFiles(hooks).Where(file => !file.EndsWith(".sample", StringComparison.Ordinal)).Order(StringComparer.Ordinal)]
            : [];
    }

    public void Dispose() => _turn.Dispose();

    private static string Key(RepositoryPlace place) => LinkedPath.Resolve(place.CommonDirectory);

    private static string Digest(RepositoryPlace place, ReadOnlySpan<byte> file, bool runsHooks)
    {
        using var whole = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        whole.AppendData(SHA256.HashData(file));
        foreach (string hook in runsHooks ? Hooks(place) : [])
        {
            whole.AppendData(SHA256.HashData(Encoding.UTF8.GetBytes(Path.GetFileName(hook))));
            whole.AppendData(SHA256.HashData(Content(hook)));
        }

        return Convert.ToHexStringLower(whole.GetHashAndReset());
    }

    /// <summary>A hook that cannot be read cannot be run either.</summary>
    private static byte[] Content(string hook)
    {
        try
        {
            return File.ReadAllBytes(hook);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>A record that cannot be read trusts nothing.</summary>
    private Dictionary<string, string> Read()
    {
        try
        {
            using var file = File.OpenRead(_path);
            return JsonSerializer.Deserialize(file, WorkspaceJson.Default.DictionaryStringString) ?? [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return [];
        }
    }

    private async Task ChangeAsync(Action<Dictionary<string, string>> change, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            var trusted = Read();
            change(trusted);
            Write(trusted);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RefusedException(RefusalCode.StoreUnavailable, $"'{_path}' could not be written: {e.Message} Nothing changed. Make room, or make it writable for this user.");
        }
        finally
        {
            _turn.Release();
        }
    }

    private void Write(Dictionary<string, string> trusted)
    {
        File.Delete(_path + ".new");
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = Private;
        }

        using (var file = new FileStream(_path + ".new", options))
        {
            JsonSerializer.Serialize(file, trusted, WorkspaceJson.Default.DictionaryStringString);
            file.Flush(flushToDisk: true);
        }

        File.Move(_path + ".new", _path, overwrite: true);
    }
}
