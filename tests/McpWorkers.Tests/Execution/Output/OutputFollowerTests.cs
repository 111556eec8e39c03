using System.Text;
using McpWorkers.Engine.Execution;
using McpWorkers.Engine.Execution.Output;
using Xunit;

namespace McpWorkers.Tests.Execution.Output;

public sealed class OutputFollowerTests : IDisposable
{
    private const int LineBytesMax = 1000;

    private readonly string _path = Path.Combine(Path.GetTempPath(), $"follower-{Guid.NewGuid():N}");
    private readonly FileStream _file;
    private readonly OutputFollower _follower;
    private readonly List<Line> _lines = [];

    public OutputFollowerTests()
    {
        _file = new(_path, FileMode.CreateNew, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        _follower = new(_path, LineBytesMax);
    }

    [Fact]
    public void Lines_end_at_line_feeds_only()
    {
        string[] lines = ["", "a\r", "b\u2028c\u2029d\u0085e\vf\fg\rh", "", "\uFEFF{}", "\0"];
        Write(string.Join('\n', lines) + "\n");
        Read();
        Assert.Equal(lines, _lines.Select(line => line.Text));
        Assert.False(_follower.HasOpenLine);
        Assert.Equal(6, _follower.Lines);
    }

    [Fact]
    public void Half_a_line_waits_for_the_rest()
    {
        Write("{\"a\":");
        Read();
        Assert.Empty(_lines);
        Assert.True(_follower.HasOpenLine);
        Write("1}\n{\"b");
        Read();
        Assert.Equal([new("{\"a\":1}", 0, 7, false, false)], _lines);
        Write("\":2}");
        Read();
        _follower.Finish(Take);
        Assert.Equal(new Line("{\"b\":2}", 8, 7, false, true), _lines[1]);
        _follower.Finish(Take);
        Assert.Equal(2, _lines.Count);
    }

    [Theory]
    [InlineData(LineBytesMax - 1, false)]
    [InlineData(LineBytesMax, false)]
    [InlineData(LineBytesMax + 1, true)]
    public void Line_is_shortened_above_the_bound_and_not_at_it(int length, bool shortened)
    {
        string line = $"{{\"a\":\"{new string('x', length - 8)}\"}}";
        for (int cut = 0; cut < 3; cut++)
        {
            // Whole, in two pieces, and one byte before its end.
            int at = new[] { 0, length / 2, length - 1 }[cut];
            Write(line[..at]);
            Read();
            Write(line[at..] + "\n");
            Read();
        }

        Assert.Equal(3, _lines.Count);
        Assert.All(_lines, read => Assert.Equal((line, length, shortened), (read.Text, (int)read.FullLength, read.Shortened)));
        Assert.Equal(shortened ? 3 : 0, _follower.ShortenedLines);
    }

    [Fact]
    public void Every_boundary_between_two_readings_gives_the_same_lines()
    {
        var random = new Random(7);
        var text = new StringBuilder();
        for (int i = 0; i < 3000; i++)
        {
            text.Append('ä', random.Next(0, random.Next(10) == 0 ? 1500 : 60)).Append('\n');
        }

        byte[] bytes = Encoding.UTF8.GetBytes(text.ToString());
        for (int at = 0; at < bytes.Length;)
        {
            int count = Math.Min(random.Next(1, 3000), bytes.Length - at);
            _file.Write(bytes, at, count);
            at += count;
            Read();
        }

        string[] wanted = text.ToString().Split('\n')[..^1];
        Assert.Equal(wanted.Select(Encoding.UTF8.GetByteCount), _lines.Select(line => (int)line.FullLength));
        Assert.Equal(wanted.Where(line => line.Length * 2 <= LineBytesMax), _lines.Where(line => !line.Shortened).Select(line => line.Text));
        Assert.All(_lines, line => Assert.True(line.Offset == 0 || bytes[line.Offset - 1] == '\n'));
    }

    [Fact]
    public void No_more_is_read_than_is_asked_for()
    {
        Write("abc\ndef\n");
        Assert.Equal(5, _follower.ReadOn(Take, 5));
        Assert.Equal(["abc"], _lines.Select(line => line.Text));
        Assert.Equal(0, _follower.ReadOn(Take, 0));
        Assert.Equal(0, _follower.ReadOn(Take, -1));
        Assert.Equal(3, _follower.ReadOn(Take, 100));
        Assert.Equal(["abc", "def"], _lines.Select(line => line.Text));
    }

    public void Dispose()
    {
        _follower.Dispose();
        _file.Dispose();
        File.Delete(_path);
    }

    private void Write(string text) => _file.Write(Encoding.UTF8.GetBytes(text));

    private void Read() => _follower.ReadOn(Take, long.MaxValue);

    private void Take(in OutputLine line) =>
        _lines.Add(new(Encoding.UTF8.GetString(line.Bytes), line.Offset, line.FullLength, line.Shortened, line.Unterminated));

    private sealed record Line(string Text, long Offset, long FullLength, bool Shortened, bool Unterminated);
}
