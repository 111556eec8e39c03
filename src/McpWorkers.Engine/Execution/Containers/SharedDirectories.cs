using McpWorkers.Engine.Execution.Processes;

namespace McpWorkers.Engine.Execution.Containers;

/// <summary>
/// The directories by which runs are given to kept containers, which cannot get a mount more. A container sees its worker's, and in it, for
/// each run, second names of the files that the wrapper writes. The run directory itself is out of its reach.
/// </summary>
/// <param name="root">Absolute; on the same file system as the run directories. Made at first use.</param>
internal sealed class SharedDirectories(string root)
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>Whether a container was ever launched from here: where none was, no engine need be asked at a host's start.</summary>
    public bool IsUsed => Directory.Exists(root);

    /// <exception cref="IOException">It cannot be noted.</exception>
    public void MarkUsed() => Make(root);

    /// <param name="container">The kept container's name.</param>
    public string Of(string container) => Path.Combine(root, container);

    public string OfRun(string container, string runId) => Path.Combine(root, container, runId);

    /// <summary>Names of the kept containers that something was shared with.</summary>
    public IReadOnlyList<string> Containers() =>
        Directory.Exists(root) ? [.. Directory.EnumerateDirectories(root).Select(path => Path.GetFileName(path)!)] : [];

    /// <param name="user">Who writes there.</param>
    public string Make(string container, ContainerUser user)
    {
        Make(root);
        string directory = Of(container);
        Make(directory);
        OpenTo(user, directory);
        return directory;
    }

    /// <summary>Makes the directory of a run out of its run directory, at once or not at all.</summary>
    /// <exception cref="IOException">It cannot be made, or is there.</exception>
    public void MakeForRun(RunFiles files, CommandLaunch launch, string directory, ContainerUser user)
    {
        // Put together where no container looks: what is within its reach may be exchanged under our hands.
        string draft = Path.Combine(root, $".{Guid.NewGuid():N}");
        Make(draft);
        try
        {
            string inputName = Path.GetFileName(files.Stdin);
            foreach (string path in new[] { files.Exit, files.Pid, files.Limits, files.Stdout, files.Stderr })
            {
                NewName.GiveSecond(path, Path.Combine(draft, Path.GetFileName(path)));
            }

            foreach (string name in launch.Files.Where(file => !file.IsForHost).Select(file => file.Name).Append(inputName))
            {
                File.Copy(Path.Combine(files.Directory, name), Path.Combine(draft, name));
            }

            OpenTo(user, draft);
            Directory.Move(draft, directory);
        }
        catch
        {
            Directory.Delete(draft, recursive: true);
            throw;
        }
    }

    /// <summary>Called once the container is gone.</summary>
    public void Drop(string container)
    {
        if (Directory.Exists(Of(container)))
        {
            Directory.Delete(Of(container), recursive: true);
        }
    }

    /// <summary>Lets another user than ours write what is there. The directories above are ours alone.</summary>
    public static void OpenTo(ContainerUser user, string directory)
    {
        if (user.IsHost || OperatingSystem.IsWindows())
        {
            return;
        }

        const UnixFileMode File = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;
        System.IO.File.SetUnixFileMode(directory, File | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        foreach (string path in Directory.EnumerateFiles(directory))
        {
            System.IO.File.SetUnixFileMode(path, File);
        }
    }

    private static void Make(string directory)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(directory);
        }
        else
        {
            Directory.CreateDirectory(directory, Private);
        }
    }
}
