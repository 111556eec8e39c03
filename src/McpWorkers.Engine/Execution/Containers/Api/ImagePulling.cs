using System.Text;
using System.Text.Json;

namespace McpWorkers.Engine.Execution.Containers.Api;

/// <summary>
/// A pull's answer: lines of JSON as long as it takes. The status is 200 even where it fails: the error is a line too.
/// </summary>
internal sealed class ImagePulling(EngineCalls calls, TimeProvider time)
{
    private const string Call = "pull";
    private const int LineBytesMax = 1024 * 1024;

    /// <summary>Of what comes a hundred times a second, one line is told.</summary>
    private static readonly TimeSpan Between = TimeSpan.FromSeconds(1);

    public async Task RunAsync(string image, Action<string> progress, CancellationToken cancellationToken)
    {
        var reference = ImageReference.Parse(image);
        string query = $"fromImage={Uri.EscapeDataString(reference.Name)}{(reference.Tag is { } tag ? $"&tag={Uri.EscapeDataString(tag)}" : "")}";
        using var answer = await calls.SendAsync(HttpMethod.Post, $"images/create?{query}", Call, null, cancellationToken);
        await using var stream = await answer.Content.ReadAsStreamAsync(cancellationToken);
        var layers = new Dictionary<string, WireProgress>();
        long told = 0;
        await foreach (string line in LinesAsync(stream, cancellationToken))
        {
            var said = Read(line);
            if (said.Error is { Length: > 0 } error)
            {
                throw new EngineException(EngineFaults.FaultOf(error), $"The container engine at {calls.Address} could not fetch {image}: {EngineFaults.WordsOf(error)}");
            }

            if (said is { Id: { Length: > 0 } id, Status: "Downloading", Progress.Current: not null })
            {
                layers[id] = said.Progress;
            }

            // Layers speak a hundred times a second, and repeat themselves; of the whole image there are few lines.
            bool isOfAll = said.Id is null or "" || said.Id == reference.Tag;
            if (isOfAll || time.GetElapsedTime(told) >= Between)
            {
                told = time.GetTimestamp();
                progress(isOfAll ? Words(said) : layers.Count > 0 ? $"Downloading {Sum(layers.Values)}" : $"{said.Id}: {Words(said)}");
            }
        }
    }

    private static string Words(WirePull said) => (said.Status ?? said.Stream ?? "").Trim();

    private static string Sum(IReadOnlyCollection<WireProgress> layers)
    {
        double current = layers.Sum(l => l.Current ?? 0) / 1e6, total = layers.Sum(l => l.Total ?? l.Current ?? 0) / 1e6;
        return string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{current:0.0} of {total:0.0} MB");
    }

    private WirePull Read(string line)
    {
        try
        {
            return JsonSerializer.Deserialize(line, EngineJson.Default.WirePull) ?? throw new JsonException();
        }
        catch (JsonException e)
        {
            throw EngineFaults.OfNonsense(calls.Address.ToString(), Call, line.Length > 200 ? line[..200] + "…" : line, e);
        }
    }

    private async IAsyncEnumerable<string> LinesAsync(Stream stream, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[16 * 1024];
        using var line = new MemoryStream();
        for (int count; (count = await calls.ReadAsync(stream, buffer, Call, cancellationToken)) > 0;)
        {
            for (int from = 0; from < count;)
            {
                int end = Array.IndexOf(buffer, (byte)'\n', from, count - from);
                line.Write(buffer, from, (end < 0 ? count : end) - from);
                from = end < 0 ? count : end + 1;
                if (line.Length > LineBytesMax)
                {
                    throw EngineFaults.OfNonsense(calls.Address.ToString(), Call, "a line without an end.");
                }

                if (end >= 0 && Take(line) is { } whole)
                {
                    yield return whole;
                }
            }
        }

        if (Take(line) is { } last)
        {
            yield return last;
        }
    }

    private static string? Take(MemoryStream line)
    {
        string text = Encoding.UTF8.GetString(line.GetBuffer(), 0, (int)line.Length).Trim();
        line.SetLength(0);
        return text.Length > 0 ? text : null;
    }
}
