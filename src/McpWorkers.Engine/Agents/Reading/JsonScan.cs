using System.Buffers;
using System.Numerics;
using System.Runtime.Intrinsics;

namespace McpWorkers.Engine.Agents.Reading;

/// <summary>Finds where a JSON value ends. Decodes nothing.</summary>
internal static class JsonScan
{
    private static readonly SearchValues<byte> NestingStops = SearchValues.Create("\"{}[]"u8);
    private static readonly SearchValues<byte> WordEnds = SearchValues.Create(",}] \t\r\n"u8);

    /// <summary>From an opening bracket to behind its closing one; -1 where it does not close.</summary>
    /// <param name="s">The bytes.</param>
    /// <param name="at">The bracket's position.</param>
    /// <param name="found">Told of what lies inside.</param>
    public static int SkipNested(ReadOnlySpan<byte> s, int at, LongValues? found = null)
    {
        // Deeper values are of no interest to any agent's reader.
        const int NotedDepth = 8;
        Span<int> starts = stackalloc int[NotedDepth];

        // One bit for each open bracket tells objects from arrays, for as deep as sane lines go; deeper ones are only counted.
        ulong kinds = 0;
        int depth = 0;
        while (true)
        {
            int stop = s[at..].IndexOfAny(NestingStops);
            if (stop < 0)
            {
                return -1;
            }

            at += stop;
            switch (s[at])
            {
                case (byte)'"':
                    int end = SkipString(s, at);
                    if (end < 0)
                    {
                        return -1;
                    }

                    found?.Add(at, end);
                    at = end;
                    continue;
                case (byte)'{':
                case (byte)'[':
                    if (depth < 64)
                    {
                        kinds = (kinds << 1) | (s[at] == (byte)'{' ? 1UL : 0UL);
                    }

                    if (depth < NotedDepth)
                    {
                        starts[depth] = at;
                    }

                    depth++;
                    break;
                default:
                    bool closesObject = s[at] == (byte)'}';
                    if (depth <= 64)
                    {
                        if ((kinds & 1) == 1 != closesObject)
                        {
                            return -1;
                        }

                        kinds >>= 1;
                    }

                    depth--;
                    if (depth == 0)
                    {
                        return at + 1;
                    }

                    if (depth < NotedDepth)
                    {
                        found?.Add(starts[depth], at + 1);
                    }

                    break;
            }

            at++;
        }
    }

    /// <summary>From an opening quote to behind the closing one; -1 where it does not close.</summary>
    /// <remarks>
    /// Looks for quotes only: agents' texts are full of escaped line feeds, and stopping at each backslash made this several times slower.
    /// So did a new search for each of the quotes that stand close together in code.
    /// </remarks>
    public static int SkipString(ReadOnlySpan<byte> s, int at)
    {
        int begin = at + 1;
        at = begin;
        for (; at <= s.Length - Vector128<byte>.Count; at += Vector128<byte>.Count)
        {
            uint quotes = Vector128.Equals(Vector128.Create(s[at..]), Vector128.Create((byte)'"')).ExtractMostSignificantBits();
            for (; quotes != 0; quotes &= quotes - 1)
            {
                int quote = at + BitOperations.TrailingZeroCount(quotes);
                if (!IsEscaped(s, begin, quote))
                {
                    return quote + 1;
                }
            }
        }

        for (; at < s.Length; at++)
        {
            if (s[at] == (byte)'"' && !IsEscaped(s, begin, at))
            {
                return at + 1;
            }
        }

        return -1;
    }

    public static int SkipWhiteSpace(ReadOnlySpan<byte> s, int at)
    {
        while (at < s.Length && s[at] is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n')
        {
            at++;
        }

        return at;
    }

    /// <summary>Behind a number or another bare word.</summary>
    public static int EndOfWord(ReadOnlySpan<byte> s, int at)
    {
        int length = s[at..].IndexOfAny(WordEnds);
        return length < 0 ? s.Length : at + length;
    }

    /// <summary>An odd number of backslashes stands before it.</summary>
    private static bool IsEscaped(ReadOnlySpan<byte> s, int begin, int at)
    {
        int first = at;
        while (first > begin && s[first - 1] == (byte)'\\')
        {
            first--;
        }

        return ((at - first) & 1) == 1;
    }
}
