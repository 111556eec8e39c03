using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;

namespace McpWorkers.Engine.Tasks.Dispatch;

/// <summary>
/// The environments that tasks inherit from those who added them. They may hold keys: they lie beside the store in files of their owner's, and
/// tasks of one environment share one.
/// </summary>
/// <param name="directory">Null where nothing outlives the host.</param>
internal sealed class TaskEnvironments(string? directory)
{
    private readonly ConcurrentDictionary<string, IReadOnlyDictionary<string, string>> _known = new();
    private readonly string? _place = directory is null ? null : Path.Combine(directory, "environments");

    /// <summary>Returns the name under which it is kept, durably.</summary>
    /// <exception cref="RefusedException">It cannot be written.</exception>
    public string Keep(IReadOnlyDictionary<string, string> environment)
    {
        byte[] content = JsonSerializer.SerializeToUtf8Bytes(
            environment.OrderBy(variable => variable.Key, StringComparer.Ordinal).ToDictionary(), EnvironmentJson.Default.DictionaryStringString);
        string name = Convert.ToHexStringLower(SHA256.HashData(content))[..32];
        if (_known.ContainsKey(name))
        {
            return name;
        }

        if (_place is not null)
        {
            try
            {
                DataDirectory.MakePrivate(_place);
                DataDirectory.WritePrivate(FileOf(name), content);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new RefusedException(
                    RefusalCode.StoreUnavailable, $"No task was added: its environment cannot be written into the data directory: {e.Message} Is the disk full?");
            }
        }

        _known[name] = environment;
        return name;
    }

    /// <summary>Null where it is kept no more.</summary>
    public IReadOnlyDictionary<string, string>? Find(string? name)
    {
        if (name is null)
        {
            return null;
        }

        if (_known.TryGetValue(name, out var known))
        {
            return known;
        }

        try
        {
            return _place is null ? null : _known[name] = JsonSerializer.Deserialize(File.ReadAllBytes(FileOf(name)), EnvironmentJson.Default.DictionaryStringString) ?? [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    /// <summary>Drops what is not needed and older than that.</summary>
    /// <param name="needed">Names.</param>
    public void Sweep(IReadOnlySet<string> needed, DateTimeOffset before)
    {
        if (_place is null || !Directory.Exists(_place))
        {
            return;
        }

        foreach (string file in Directory.EnumerateFiles(_place).Where(file => !needed.Contains(Path.GetFileName(file))))
        {
            try
            {
                if (File.GetLastWriteTimeUtc(file) < before.UtcDateTime)
                {
                    File.Delete(file);
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // The next start tries again.
            }
        }
    }

    private string FileOf(string name) => Path.Combine(_place!, name);
}

[JsonSerializable(typeof(Dictionary<string, string>))]
internal sealed partial class EnvironmentJson : JsonSerializerContext;
