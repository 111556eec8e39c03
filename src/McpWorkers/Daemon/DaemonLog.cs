using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using McpWorkers.Engine.Model;

namespace McpWorkers.Daemon;

/// <summary>
/// The daemon's log file: a JSON object a line, <c>{time, level, event, message, worker_id?, run_id?}</c>, the time in UTC, secrets masked. Bounded:
/// a file that is full becomes <c>daemon.log.1</c>, that one <c>.2</c>, and so on. A log that cannot be written is no reason to end. As a text
/// writer it takes what parts without a level have to say: warnings and faults.
/// </summary>
internal sealed class DaemonLog : TextWriter
{
    public const long BytesMaxDefault = 5 * 1024 * 1024;

    /// <summary>Files before the one that is written.</summary>
    public const int OlderMax = 4;

    private const int MessageMax = 16 * 1024;
    private const string Prefix = "mcpworkers: ";

    private static readonly JsonWriterOptions Readable = new() { Encoder = Rendering.ResultJson.Relaxed.Encoder };

    private readonly Lock _lock = new();
    private readonly string _path;
    private readonly TextWriter? _echo;
    private readonly TimeProvider _time;
    private readonly long _bytesMax;
    private readonly StringBuilder _open = new();
    private readonly ArrayBufferWriter<byte> _line = new();
    private FileStream? _file;

    /// <param name="echo">Gets each message too; null for nobody.</param>
    /// <param name="bytesMax">Of one file.</param>
    public DaemonLog(string path, TextWriter? echo, TimeProvider time, long bytesMax = BytesMaxDefault) : base(CultureInfo.InvariantCulture)
    {
        _path = path;
        _echo = echo;
        _time = time;
        _bytesMax = bytesMax;
    }

    public override Encoding Encoding => Encoding.UTF8;

    /// <summary>Lines below it are not written.</summary>
    public HostLogLevel Level { get; set; } = HostLogLevel.Info;

    /// <summary>Takes secrets out of a message.</summary>
    public Func<string, string> Mask { get; set; } = SecretText.Mask;

    /// <param name="age">1 for the one before.</param>
    public static string OlderPath(string path, int age = 1) => string.Create(CultureInfo.InvariantCulture, $"{path}.{age}");

    public bool Writes(HostLogLevel level) => level >= Level;

    /// <param name="name">One word for machines, such as <c>settled</c>.</param>
    /// <param name="message">For a person; may have several lines.</param>
    public void Add(HostLogLevel level, string name, string message, string? workerId = null, string? runId = null)
    {
        if (!Writes(level))
        {
            return;
        }

        string shown = Mask(message);
        shown = shown.Length > MessageMax ? shown[..MessageMax] + "…" : shown;
        lock (_lock)
        {
            Format(level, name, shown, workerId, runId);
            Append(shown);
        }
    }

    public override void Write(char value)
    {
        lock (_lock)
        {
            if (value == '\n')
            {
                string line = _open.ToString();
                _open.Clear();
                WriteLine(line);
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

    public override void WriteLine(string? value)
    {
        string text = value ?? "";
        Add(HostLogLevel.Warn, "warning", text.StartsWith(Prefix, StringComparison.Ordinal) ? text[Prefix.Length..] : text);
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

    private void Format(HostLogLevel level, string name, string message, string? workerId, string? runId)
    {
        _line.ResetWrittenCount();
        using (var json = new Utf8JsonWriter(_line, Readable))
        {
            json.WriteStartObject();
            json.WriteString("time", _time.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
            json.WriteString("level", level.ToWire());
            json.WriteString("event", name);
            json.WriteString("message", message);
            if (workerId is not null)
            {
                json.WriteString("worker_id", workerId);
            }

            if (runId is not null)
            {
                json.WriteString("run_id", runId);
            }

            json.WriteEndObject();
        }

        _line.Write("\n"u8);
    }

    private void Append(string message)
    {
        try
        {
            _echo?.WriteLine(message);
            _file ??= OpenFile();
            if (_file.Length > 0 && _file.Length + _line.WrittenCount > _bytesMax)
            {
                _file.Dispose();
                _file = null;
                MakeOlder();
                _file = OpenFile();
            }

            _file.Write(_line.WrittenSpan);
            _file.Flush();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            // A full disk, most likely: the work must not end over it, and the next line tries again.
            _file?.Dispose();
            _file = null;
        }
    }

    private void MakeOlder()
    {
        for (int age = OlderMax - 1; age >= 1; age--)
        {
            if (File.Exists(OlderPath(_path, age)))
            {
                File.Move(OlderPath(_path, age), OlderPath(_path, age + 1), overwrite: true);
            }
        }

        File.Move(_path, OlderPath(_path), overwrite: true);
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
