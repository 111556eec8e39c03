using System.Globalization;
using System.Text;

namespace McpWorkers.Daemon;

/// <summary>
/// The daemon's log file: a line for each thing of note, with the time in UTC. Bounded: one that is full becomes <c>daemon.log.1</c>, in place
/// of the one before. A log that cannot be written is no reason to end.
/// </summary>
internal sealed class DaemonLog : TextWriter
{
    public const long BytesMaxDefault = 5 * 1024 * 1024;

    private readonly Lock _lock = new();
    private readonly string _path;
    private readonly TextWriter? _echo;
    private readonly TimeProvider _time;
    private readonly long _bytesMax;
    private readonly StringBuilder _open = new();
    private FileStream? _file;

    /// <param name="echo">Gets each line too; null for nobody.</param>
    /// <param name="bytesMax">Of one file.</param>
    public DaemonLog(string path, TextWriter? echo, TimeProvider time, long bytesMax = BytesMaxDefault) : base(CultureInfo.InvariantCulture)
    {
        _path = path;
        _echo = echo;
        _time = time;
        _bytesMax = bytesMax;
    }

    public override Encoding Encoding => Encoding.UTF8;

    public static string OlderPath(string path) => path + ".1";

    public override void Write(char value)
    {
        lock (_lock)
        {
            if (value == '\n')
            {
                string line = _open.ToString();
                _open.Clear();
                Append(line);
            }
            else if (value != '\r')
            {
                _open.Append(value);
            }
        }
    }

    public override void Write(string? value)
    {
        lock (_lock)
        {
            foreach (char character in value ?? "")
            {
                Write(character);
            }
        }
    }

    /// <summary>A message may have several lines: each of them is one of the log.</summary>
    public override void WriteLine(string? value)
    {
        lock (_lock)
        {
            Write(value);
            Write('\n');
        }
    }

    public override Task WriteLineAsync(string? value)
    {
        WriteLine(value);
        return Task.CompletedTask;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            lock (_lock)
            {
                _file?.Dispose();
                _file = null;
            }
        }

        base.Dispose(disposing);
    }

    private void Append(string line)
    {
        string stamped = _time.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z' ", CultureInfo.InvariantCulture) + line;
        try
        {
            _echo?.WriteLine(line);
            byte[] bytes = Encoding.UTF8.GetBytes(stamped + "\n");
            _file ??= OpenFile();
            if (_file.Length > 0 && _file.Length + bytes.Length > _bytesMax)
            {
                _file.Dispose();
                _file = null;
                File.Move(_path, OlderPath(_path), overwrite: true);
                _file = OpenFile();
            }

            _file.Write(bytes);
            _file.Flush();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            // A full disk, most likely: the work must not end over it, and the next line tries again.
            _file?.Dispose();
            _file = null;
        }
    }

    private FileStream OpenFile()
    {
        var options = new FileStreamOptions { Mode = FileMode.Append, Access = FileAccess.Write, Share = FileShare.ReadWrite | FileShare.Delete, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return new FileStream(_path, options);
    }
}
