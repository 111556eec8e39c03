using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using McpWorkers.Engine.Storage;

namespace McpWorkers.Engine.Workers.Runs;

/// <summary>
/// The secrets that a run's raw output holds, noted beside it when it ends: a later host, which no more knows the environment of a worker that was
/// closed, masks them by that when it shows the log. Nothing is in the file that is not in the same directory anyhow; mostly there is no file.
/// </summary>
internal static class SaidSecrets
{
    public const string FileName = "secrets.json";

    private const int PieceBytes = 256 * 1024;

    private static readonly string[] Raw = ["stdout.ndjson", "stderr.log"];

    /// <exception cref="IOException">It cannot be read or written.</exception>
    /// <exception cref="UnauthorizedAccessException">As well.</exception>
    public static void Note(string runDirectory, SecretValues secrets)
    {
        var said = Raw.Select(name => Path.Combine(runDirectory, name)).Where(File.Exists).SelectMany(path => In(path, secrets.All)).Distinct().ToList();
        if (said.Count > 0)
        {
            DataDirectory.WritePrivate(
                Path.Combine(runDirectory, FileName), Encoding.UTF8.GetBytes(new JsonArray([.. said.Select(value => (JsonNode)value)]).ToJsonString()));
        }
    }

    public static SecretValues Of(string runDirectory)
    {
        try
        {
            string path = Path.Combine(runDirectory, FileName);
            return File.Exists(path) && JsonNode.Parse(File.ReadAllBytes(path)) is JsonArray values
                ? SecretValues.OfValues(values.Select(value => value!.GetValue<string>()))
                : SecretValues.None;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException or InvalidOperationException or NullReferenceException)
        {
            return SecretValues.None;
        }
    }

    private static IEnumerable<string> In(string path, IReadOnlyList<string> values)
    {
        // As it is, and as JSON has it.
        var sought = values.Select(value => (Value: value, Forms: new[] { Encoding.UTF8.GetBytes(value), JsonEncodedText.Encode(value).EncodedUtf8Bytes.ToArray() })).ToList();
        if (sought.Count == 0)
        {
            yield break;
        }

        int overlap = sought.Max(each => each.Forms.Max(form => form.Length)) - 1;
        byte[] piece = new byte[PieceBytes + overlap];
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        int held = 0;
        while (sought.Count > 0 && file.Read(piece, held, piece.Length - held) is > 0 and var count)
        {
            held += count;
            foreach (var found in sought.Where(each => each.Forms.Any(form => piece.AsSpan(0, held).IndexOf(form) >= 0)).ToList())
            {
                sought.Remove(found);
                yield return found.Value;
            }

            // One that lies over the end of this piece begins in what is kept.
            int kept = Math.Min(overlap, held);
            piece.AsSpan(held - kept, kept).CopyTo(piece);
            held = kept;
        }
    }
}
