namespace McpWorkers.Cli.Watch;

/// <summary>
/// The keys pressed at this process's terminal. A thread waits in the console for the next one: between two looks at whether there is one the
/// terminal would show what is typed. It ends with the process, since nothing ends such a wait.
/// </summary>
internal static class KeyReader
{
    private static readonly Lock Lock = new();
    private static readonly List<Action<ConsoleKeyInfo>> Listeners = [];
    private static bool _reads;

    /// <summary>Calls back for each key, until disposed.</summary>
    public static IDisposable Listen(Action<ConsoleKeyInfo> pressed)
    {
        lock (Lock)
        {
            Listeners.Add(pressed);
            if (!_reads)
            {
                _reads = true;
                new Thread(Read) { IsBackground = true, Name = "keys" }.Start();
            }
        }

        return new Listening(pressed);
    }

    private static void Read()
    {
        try
        {
            while (true)
            {
                var key = Console.ReadKey(intercept: true);
                Action<ConsoleKeyInfo>[] listeners;
                lock (Lock)
                {
                    listeners = [.. Listeners];
                }

                foreach (var listener in listeners)
                {
                    listener(key);
                }
            }
        }
        catch (Exception e) when (e is InvalidOperationException or IOException)
        {
            // The terminal is gone.
        }
    }

    private sealed class Listening(Action<ConsoleKeyInfo> pressed) : IDisposable
    {
        public void Dispose()
        {
            lock (Lock)
            {
                Listeners.Remove(pressed);
            }
        }
    }
}
