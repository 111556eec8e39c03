using System.Text;
using McpWorkers.Daemon.Relay;
using Xunit;

namespace McpWorkers.Tests.Daemon.Relay;

public sealed class LineReaderTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(100_000)]
    public async Task Lines_come_as_they_are_however_they_arrive(int pieces)
    {
        string longOne = new('x', 200_000);
        string[] lines = await ReadAsync($"a\n\r\n{longOne}\nlast", pieces, 1_000_000, takesOpenLine: true);

        Assert.Equal(["a\n", "\r\n", longOne + "\n", "last\n"], lines);
    }

    [Fact]
    public async Task Half_a_line_of_a_writer_that_was_killed_is_none() =>
        Assert.Equal(["a\n"], await ReadAsync("a\n{\"half\":", 3, 1000, takesOpenLine: false));

    [Theory]
    [InlineData(5)]
    [InlineData(100_000)]
    public async Task Too_long_a_line_is_left_out_alone(int pieces)
    {
        string[] lines = await ReadAsync($"a\n{new string('x', 300_000)}\nb\n", pieces, 100_000, takesOpenLine: true);

        Assert.Equal(["a\n", "(left out)b\n"], lines);
    }

    private static async Task<string[]> ReadAsync(string text, int pieces, int max, bool takesOpenLine)
    {
        var reader = new LineReader(new Pieces(Encoding.UTF8.GetBytes(text), pieces), max, takesOpenLine);
        List<string> lines = [];
        while (await reader.ReadAsync(TestContext.Current.CancellationToken) is { IsEmpty: false } line)
        {
            lines.Add((reader.HasSkipped ? "(left out)" : "") + Encoding.UTF8.GetString(line.Span));
        }

        return [.. lines];
    }

    /// <summary>Hands out a few bytes at a time.</summary>
    private sealed class Pieces(byte[] bytes, int size) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(buffer.Length, size)], cancellationToken);
    }
}
