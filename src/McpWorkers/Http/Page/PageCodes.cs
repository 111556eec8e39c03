using McpWorkers.Engine.Storage;
using McpWorkers.Http.Guard;

namespace McpWorkers.Http.Page;

/// <summary>
/// Codes that let a browser in once. They stand in an address, which ends up in histories; so each is good for a minute and a single time, and
/// what it is exchanged for never stands in one. They live in memory only: after a restart of the daemon another one is asked for.
/// </summary>
internal sealed class PageCodes(TimeProvider time)
{
    public static readonly TimeSpan Life = TimeSpan.FromSeconds(60);

    private const int CodesMax = 100;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, (TokenScope Scope, long Made)> _codes = [];

    /// <summary>A code whose bearer may do what the scope allows. Of too many at once the oldest is dropped.</summary>
    public string New(TokenScope scope)
    {
        string code = AccessToken.NewSecret();
        lock (_lock)
        {
            Forget();
            if (_codes.Count >= CodesMax)
            {
                _codes.Remove(_codes.MinBy(each => each.Value.Made).Key);
            }

            _codes[code] = (scope, time.GetTimestamp());
        }

        return code;
    }

    /// <summary>What the code allows, once; null where it is unknown, used or too old.</summary>
    public TokenScope? Take(string code)
    {
        lock (_lock)
        {
            Forget();
            // Found by hash of its text: how long that takes tells nothing of 256 random bits.
            return _codes.Remove(code, out var found) ? found.Scope : null;
        }
    }

    private void Forget()
    {
        foreach (string old in _codes.Where(each => time.GetElapsedTime(each.Value.Made) > Life).Select(each => each.Key).ToList())
        {
            _codes.Remove(old);
        }
    }
}
