using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Requests;

/// <summary>What is to be asked.</summary>
public sealed record RequestDraft
{
    public const int TextBytesMax = 16 * 1024;
    public const int InputBytesMax = 256 * 1024;
    public const int OptionsMax = 20;
    public const int OptionMax = 200;

    public required RequestKind Kind { get; init; }

    /// <summary>Whoever asks the same again under the same key gets the same request: see <see cref="WorkerRequest.Key"/>.</summary>
    public required string Key { get; init; }

    public string? RunId { get; init; }

    /// <summary>The run that this one goes on with: what was allowed to that one after its end, and not used, holds once for exactly the same.</summary>
    public string? Continues { get; init; }

    public string? WorkerId { get; init; }

    public string? WorkerType { get; init; }

    public string? TaskId { get; init; }

    /// <summary>For a person. Of an agent: shortened to <see cref="TextBytesMax"/>, its control characters taken out.</summary>
    public required string Text { get; init; }

    public string? Tool { get; init; }

    /// <summary>JSON; what is longer than <see cref="InputBytesMax"/> is denied: nobody could see what was allowed.</summary>
    public string? Input { get; init; }

    public string? WorkingDirectory { get; init; }

    public IReadOnlyList<string> Options { get; init; } = [];

    /// <summary>How far it may go alone; null for what the host says.</summary>
    public AutonomyLevel? Autonomy { get; init; }

    /// <summary>What is asked, and by whom: lengths stand before each part, so that no two are alike.</summary>
    public string Digest()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] length = new byte[sizeof(int)];
        foreach (string? part in new[] { Kind.ToWire(), Key, RunId, WorkerId, TaskId, Text, Tool, Input, WorkingDirectory }.Concat(Options))
        {
            byte[] bytes = part is null ? [] : Encoding.UTF8.GetBytes(part);
            BinaryPrimitives.WriteInt32LittleEndian(length, part is null ? -1 : bytes.Length);
            hash.AppendData(length);
            hash.AppendData(bytes);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
